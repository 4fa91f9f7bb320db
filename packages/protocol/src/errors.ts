/**
 * The one error catalogue: every code that REST answers (RFC 9457 problem+json) and socket
 * acknowledgements can carry. `status` is the HTTP status of the REST form.
 */
export const errorCatalogue = {
  'request.invalid': { status: 400, title: 'The request is not valid' },
  'request.too_large': { status: 413, title: 'The request is too large' },
  'request.unsupported_media_type': { status: 415, title: 'The content type is not supported' },
  'request.not_found': { status: 404, title: 'There is nothing at this address' },
  'request.rate_limited': { status: 429, title: 'Too many requests; try again later' },
  'account.required': { status: 401, title: 'Sign in first' },
  'account.wrong_credentials': { status: 401, title: 'E-mail address or password is not right' },
  'account.wrong_password': { status: 403, title: 'The password is not right' },
  'account.email_taken': { status: 409, title: 'There is an account with this e-mail address' },
  'account.reauthentication_required': { status: 403, title: 'Sign in again first' },
  'account.sign_in_failed': { status: 400, title: 'The identity provider did not sign you in' },
  'account.not_verified': { status: 403, title: 'Verify your e-mail address first' },
  'second_factor.required': { status: 403, title: 'Give a second factor, too' },
  'second_factor.wrong_code': { status: 403, title: 'The code is not right, or was used already' },
  'second_factor.not_found': { status: 404, title: 'There is no authenticator app to confirm or remove' },
  'second_factor.exists': { status: 409, title: 'There is an authenticator app already' },
  'passkey.refused': { status: 403, title: 'The passkey was not accepted' },
  'passkey.not_found': { status: 404, title: 'There is no such passkey' },
  'passkey.not_configured': { status: 409, title: 'This server takes no passkeys at this address' },
  'password.weak': { status: 400, title: 'This password is too easy to guess' },
  'account.registration_closed': { status: 403, title: 'This server takes no new accounts' },
  'account.other_account': { status: 403, title: 'This link belongs to another account; sign in to that one' },
  'identity.not_found': { status: 404, title: 'There is no such way to sign in' },
  'identity.taken': { status: 409, title: 'This way to sign in belongs to another account' },
  'identity.last': { status: 409, title: 'This is the only way to sign in to the account' },
  'avatar.unsupported': { status: 415, title: 'The picture is not a PNG, JPEG, WebP or GIF' },
  'avatar.not_found': { status: 404, title: 'There is no such picture' },
  'mail.not_configured': { status: 409, title: 'This server sends no mail' },
  'api_key.not_found': { status: 404, title: 'There is no such API key' },
  'invitation.not_found': { status: 404, title: 'There is no such invitation, or no longer' },
  'member.not_found': { status: 404, title: 'There is no such member' },
  'member.exists': { status: 409, title: 'This person is a member already, or invited' },
  'member.is_host': { status: 409, title: 'The host can only hand the meeting over' },
  'ban.not_found': { status: 404, title: 'There is no such ban' },
  'message.not_found': { status: 404, title: 'There is no such message' },
  'webhook.not_found': { status: 404, title: 'There is no such webhook' },
  'webhook.address_refused': { status: 400, title: 'Webhooks cannot go to this address' },
  'session_token.reused': { status: 401, title: 'This refresh token was used before; the session has ended' },
  'meeting.archived': { status: 409, title: 'The meeting is archived' },
  'meeting.locked': { status: 403, title: 'The meeting is locked' },
  'meeting.not_found': { status: 404, title: 'There is no such meeting' },
  'meeting.wrong_password': { status: 403, title: 'The password is not right' },
  'meeting.password_required': { status: 403, title: 'This meeting needs a password' },
  'meeting.full': { status: 409, title: 'The meeting is full' },
  'token.invalid': { status: 401, title: 'The token is not valid' },
  'token.expired': { status: 401, title: 'The token has expired' },
  'token.used': { status: 401, title: 'The token was used already' },
  'session.not_joined': { status: 409, title: 'Join first' },
  'session.already_joined': { status: 409, title: 'This socket has joined already' },
  'session.expired': { status: 410, title: 'The participant has left; join again' },
  'session.replaced': { status: 409, title: 'The participant went on from another socket' },
  'permission.denied': { status: 403, title: 'This is not granted' },
  'participant.not_found': { status: 404, title: 'There is no such participant' },
  'media_node.not_found': { status: 404, title: 'There is no such media node' },
  'media_node.lost': { status: 503, title: 'The media node was lost; open new transports' },
  'transport.not_found': { status: 404, title: 'There is no such transport' },
  'producer.not_found': { status: 404, title: 'There is no such producer' },
  'consumer.not_found': { status: 404, title: 'There is no such consumer' },
  'media.invalid_parameters': { status: 400, title: 'The media parameters are not valid' },
  'limit.reached': { status: 429, title: 'A limit was reached' },
  'server.draining': { status: 503, title: 'This server is shutting down; connect to another one' },
  'server.busy': { status: 503, title: 'The server has too much to do at the moment; try again shortly' },
  'server.unavailable': { status: 503, title: 'The service is not available; try again' },
  'server.internal': { status: 500, title: 'The server made a mistake' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof errorCatalogue;

/** An error that may be shown to the requester. `detail` never holds a secret. */
export class CodedError extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly detail?: string,
  ) {
    super(detail ? `${code}: ${detail}` : code);
    this.name = 'CodedError';
  }
}
