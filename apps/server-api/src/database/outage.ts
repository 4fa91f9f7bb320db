/** True for what has to do with the database or the network at this moment and not with the request: try again later. */
export function isOutage(error: unknown): boolean {
  // Drizzle wraps what happens in a statement, not what happens at the begin or the commit of a transaction.
  for (let found = error, depth = 0; found instanceof Error && depth < DEEPEST_CAUSE; found = found.cause, depth += 1) {
    const { code } = found as { code?: unknown };
    if (typeof code === 'string' && OUTAGE.test(code)) return true;
    if (found.message === 'PGlite is closed' || found.message === 'PGlite is closing') return true;
  }
  return false;
}

/**
 * Node's network errors, those of postgres.js, and SQLSTATE classes 08 (connection), 40 (rolled back for another transaction), 53
 * (resources), 57 (operator), 58 (system), of classes 25 and 55 a standby (25006) and a lock that is not to be had (55P03).
 */
const OUTAGE =
  /^(ECONN\w*|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|CONNECT\w*|(08|40|53|57|58)\w{3}|25006|55P03)$/;

const DEEPEST_CAUSE = 5;
