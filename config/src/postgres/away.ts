/**
 * Whether a query failed because the database is away, hangs or has no room for us, rather than for what was asked:
 * connection failures, `pg`'s own deadlines, and the classes 08 (connection), 53 (resources) and 57 (shutdown) of
 * PostgreSQL's error codes.
 */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  return (
    /^(08|53|57)/.test(code) ||
    /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/.test(code) ||
    /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered)/.test(
      error.message,
    )
  );
}
