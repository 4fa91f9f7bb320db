import { CodedError } from '@waterbus/protocol';

/**
 * The error of every call while Redis is away, full or not answering. Whether a command under way
 * took effect is unknown.
 */
export function unavailable(detail: string): CodedError {
  return new CodedError('server.unavailable', detail);
}
