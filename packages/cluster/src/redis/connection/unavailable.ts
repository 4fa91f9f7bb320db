import { CodedError } from '@waterbus/protocol';

/** What every call rejects with while Redis is away, full or not answering. Whether a command that was under way counted is unknown. */
export function unavailable(detail: string): CodedError {
  return new CodedError('server.unavailable', detail);
}
