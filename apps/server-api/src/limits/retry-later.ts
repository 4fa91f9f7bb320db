/** An error that says when to try again, for the Retry-After header (RFC 9110 section 10.2.3). */
export interface RetryLater {
  /** Whole seconds, at least 1. */
  readonly retryAfter: number;
}

/** Undefined: the error says nothing about it. */
export function retryAfterOf(error: unknown): number | undefined {
  const { retryAfter } = (error ?? {}) as Partial<RetryLater>;
  return typeof retryAfter === 'number' ? retryAfter : undefined;
}
