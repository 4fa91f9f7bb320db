/**
 * An error with the time of the next attempt, for the Retry-After header (RFC 9110 section 10.2.3).
 */
export interface RetryLater {
  /** Whole seconds, at least 1. */
  readonly retryAfter: number;
}

/** Undefined: the error has no such time. */
export function retryAfterOf(error: unknown): number | undefined {
  const { retryAfter } = (error ?? {}) as Partial<RetryLater>;
  return typeof retryAfter === 'number' ? retryAfter : undefined;
}
