/** Says in one paragraph why starting failed and how to mend it; for the terminal. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && error.code === "EADDRINUSE" && "port" in error) {
    return `Port ${String(error.port)} is in use: stop what listens there, or choose another with PORT (gateway), LEDGER_PORT (ledger) or SIMULATOR_PORTS (demo).`;
  }
  if ("code" in error && error.code === "EACCES" && "path" in error) {
    return `No permission for ${String(error.path)}: mend its mode or owner, or choose another folder with DATA_DIR.`;
  }
  return error.message;
}
