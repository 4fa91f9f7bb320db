export type MediaErrorCode = 'not-found' | 'invalid-parameters' | 'cannot-consume' | 'limit-reached' | 'internal-error';

/**
 * A refused request. Only calls of the control surface raise it, never network packets from peers.
 */
export class MediaError extends Error {
  constructor(
    readonly code: MediaErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'MediaError';
  }
}
