import { type ErrorCode, errorCatalogue } from '@waterbus/protocol';

/**
 * The server refused. `code` is from its catalogue; a newer server may have others. `message` is a
 * sentence with both, for logs.
 */
export class WaterbusApiError extends Error {
  override readonly name = 'WaterbusApiError';

  constructor(
    readonly code: ErrorCode | (string & {}),
    /** HTTP status. */
    readonly status: number,
    /** The exact problem, in English, for developers. */
    readonly detail: string | undefined,
    /** Seconds after which to try again, if the server answered that. */
    readonly retryAfter: number | undefined,
  ) {
    super(`${sentenceOf(code, status)}${detail === undefined ? '' : `: ${detail}`} (${code})`);
  }
}

/**
 * There was no answer in time, or none of a Waterbus server. The request may have been carried out
 * or not.
 */
export class WaterbusConnectionError extends Error {
  override readonly name = 'WaterbusConnectionError';
}

/**
 * A webhook that must not be trusted (`signature`: answer 4xx), or that this version of the SDK
 * cannot parse (`content`).
 */
export class WaterbusWebhookError extends Error {
  override readonly name = 'WaterbusWebhookError';

  constructor(
    readonly reason: 'signature' | 'content',
    message: string,
  ) {
    super(message);
  }
}

function sentenceOf(code: string, status: number): string {
  return Object.hasOwn(errorCatalogue, code)
    ? errorCatalogue[code as ErrorCode].title
    : `The server answered with status ${status}`;
}
