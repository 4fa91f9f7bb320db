/**
 * True for a temporary fault of the database or the network rather than of the request: try again
 * later.
 */
export function isOutage(error: unknown): boolean {
  // Drizzle wraps errors of a statement, but not those at the begin or the commit of a transaction.
  for (let found = error, depth = 0; found instanceof Error && depth < DEEPEST_CAUSE; found = found.cause, depth += 1) {
    const { code } = found as { code?: unknown };
    if (typeof code === 'string' && OUTAGE.test(code)) return true;
    if (found.message === 'PGlite is closed' || found.message === 'PGlite is closing') return true;
  }
  return false;
}

/**
 * Node's network errors, those of postgres.js, and SQLSTATE classes 08 (connection), 40 (rolled
 * back for another transaction), 53 (resources), 57 (operator), 58 (system); of classes 25 and 55 a
 * standby (25006) and an unavailable lock (55P03).
 */
const OUTAGE =
  /^(ECONN\w*|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|CONNECT\w*|(08|40|53|57|58)\w{3}|25006|55P03)$/;

const DEEPEST_CAUSE = 5;
