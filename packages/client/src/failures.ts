import { type ErrorCode, errorCatalogue } from '@waterbus/protocol';

/**
 * The error with which the SDK's promises reject. `code` is from the protocol's catalogue, or one
 * of the client's own.
 */
export class WaterbusError extends Error {
  constructor(
    readonly code: ErrorCode | 'network.unreachable' | 'browser.unsupported' | 'passkey.cancelled' | 'passkey.exists',
    message: string,
  ) {
    super(message);
    this.name = 'WaterbusError';
  }
}

/** The meaning of a failed request for the caller. */

/** The path to the server is broken; the request may or may not have been carried out. */
export function unreachable(detail: string): WaterbusError {
  return new WaterbusError('network.unreachable', detail);
}

export function coded(code: ErrorCode, detail?: string): WaterbusError {
  return new WaterbusError(code, detail ?? errorCatalogue[code].title);
}

export function codeOf(error: unknown): WaterbusError['code'] | undefined {
  return error instanceof WaterbusError ? error.code : undefined;
}

/** A later retry may succeed without any other change. */
export function isPassing(error: unknown): boolean {
  switch (codeOf(error)) {
    case 'network.unreachable':
    case 'server.draining':
    case 'server.busy':
    case 'server.unavailable':
    case 'server.internal':
    case 'request.rate_limited':
    case 'limit.reached':
      return true;
    default:
      return false;
  }
}

/** The transport that the request named does not exist any more: another one is needed. */
export function isTransportGone(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'transport.not_found' || code === 'media_node.lost' || code === 'media_node.not_found';
}

/** A join token that arrived too late, or whose use was not answered: another one helps. */
export function isTokenSpent(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'token.used' || code === 'token.expired';
}

/** The socket that answered has no participant (any more). */
export function isSessionOver(error: unknown): boolean {
  return codeOf(error)?.startsWith('session.') ?? false;
}

/** The participant (or the token for it) does not exist any more: only joining afresh helps. */
export function isSessionGone(error: unknown): boolean {
  switch (codeOf(error)) {
    case 'session.expired':
    case 'session.not_joined':
    case 'participant.not_found':
    case 'token.invalid':
    case 'token.expired':
    case 'token.used':
      return true;
    default:
      return false;
  }
}
