import { LedgerError } from "@lastunit/ledger/client";

/** Our operator's token was refused: it belongs to another installation. */
export const UNKNOWN_TOKEN =
  "What runs there was started with another token. Set DATA_DIR to the folder it runs on " +
  "(the demo's is .lastunit/demo), or LEDGER_SERVICE_TOKEN to the token it was started with.";

/** Says in one paragraph why starting failed and how to mend it; for the terminal. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const listening = causeWith("EADDRINUSE", error);
  if (listening && "port" in listening) {
    return `Port ${String(listening.port)} is in use: stop what listens there, or choose another with PORT (gateway), LEDGER_PORT (ledger), SIMULATOR_PORTS (simulated channels) or --port (lastunit simulate).`;
  }
  if ("code" in error && error.code === "EACCES" && "path" in error) {
    return `No permission for ${String(error.path)}: mend its mode or owner, or choose another folder with DATA_DIR.`;
  }
  if (error instanceof LedgerError && error.code === "unreachable") {
    return `${error.message} Start Lastunit with: npm start (or set LEDGER_PORT or LEDGER_URL to where it is).`;
  }
  if (error instanceof LedgerError && error.code === "unauthorized") return UNKNOWN_TOKEN;
  // What the ledger refuses has a code of its own, and all we ask for is there.
  if (error instanceof LedgerError && ["unknown", "not_found"].includes(error.code)) {
    return `What answers there is not Lastunit's ledger (HTTP ${error.status}). Set LEDGER_PORT or LEDGER_URL to where it is.`;
  }
  if (error instanceof LedgerError && error.code === "not_a_ledger") {
    return `${error.message}. Set LEDGER_PORT or LEDGER_URL to where it is, and check that all parts are of one version.`;
  }
  if (isInterruption(error)) return "Interrupted: nothing was done.";
  return reasonOf(error);
}

/** Ctrl-C at a question. */
export function isInterruption(error: unknown): boolean {
  return error instanceof Error && error.name === "ExitPromptError";
}

/**
 * Starts what needs the server that a variable names.
 *
 * @throws naming the variable when that server is away or turns us down.
 */
export async function reaching<T>(variable: string, begin: () => Promise<T>): Promise<T> {
  try {
    return await begin();
  } catch (cause) {
    if (!(cause instanceof Error) || !isOfConnection(cause)) throw cause;
    const reason = reasonOf(cause).replace(/\.$/, "");
    throw new Error(
      `What ${variable} names can't be used: ${reason}. Check that it runs, and that the address is right.`,
      { cause },
    );
  }
}

/** The system's and PostgreSQL's errors have a code; when Redis is away, its client says only this. */
function isOfConnection(error: Error): boolean {
  if (error.message === "Connection is closed.") return true;
  return "code" in error && !("syscall" in error && error.syscall === "listen");
}

/** An error over several addresses of one host has no message of its own. */
function reasonOf(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((one) => describeFailure(one)).join(", ");
  return error.message;
}

function causeWith(code: string, error: unknown): Error | undefined {
  if (!(error instanceof Error)) return undefined;
  return "code" in error && error.code === code ? error : causeWith(code, error.cause);
}
