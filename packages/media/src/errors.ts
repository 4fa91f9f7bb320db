export type MediaErrorCode = 'not-found' | 'invalid-parameters' | 'cannot-consume' | 'limit-reached' | 'internal-error';

/** A refused request. What peers send over the network never raises it; only calls of the control surface do. */
export class MediaError extends Error {
  constructor(
    readonly code: MediaErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'MediaError';
  }
}
