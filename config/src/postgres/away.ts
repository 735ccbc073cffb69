/**
 * Whether a query failed because the database is away, hangs or has no room for us, rather than for what was asked:
 * connection failures, `pg`'s own deadlines, and of PostgreSQL's error codes the classes 08 (connection), 53 (resources)
 * and 57 (shutdown), 25006 (it can only be read, as after a failover) and 55P03 (a lock was not free in time).
 */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  return (
    /^(08|53|57|25006|55P03)/.test(code) ||
    /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/.test(code) ||
    /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered)/.test(
      error.message,
    )
  );
}
