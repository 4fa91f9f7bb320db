import { MediaNodeError } from '@waterbus/media-host';
import { CodedError, type ErrorCode } from '@waterbus/protocol';

/**
 * Awaits a media node's answer and converts its refusal for the client. `absent` is the code of
 * "not found" in this request.
 */
export async function answered<T>(call: Promise<T>, absent: ErrorCode): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof MediaNodeError)) throw error;
    switch (error.code) {
      case 'not-found':
        throw new CodedError(absent);
      case 'invalid-parameters':
        throw new CodedError('media.invalid_parameters', error.message);
      case 'limit-reached':
        throw new CodedError('limit.reached', error.message);
      // Subscribing leaves such a stream out; no other call has this refusal.
      case 'cannot-consume':
      case 'internal-error':
        throw new CodedError('server.internal');
      case 'node-lost':
        throw new CodedError('media_node.lost');
    }
  }
}
