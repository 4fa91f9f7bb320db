import type {
  AccountAuditAction,
  AccountAuditEvent,
  AccountExport,
  Identity,
  Invitation,
  Member,
  MemberMeeting,
  Page,
  PublicUser,
  ScheduledMeeting,
  SecondFactorRequired,
  Session,
  SignedIn,
  User,
} from '@waterbus/protocol';
import type { TypedEmitter } from '../api/call.js';
import type { AccountSecurity } from './security.js';

/**
 * The signed-in user, if any. A new object after each change (safe for React's identity checks).
 */
export type AccountState =
  | { signedIn: false; userId?: undefined; user?: undefined }
  /** `user` is set once it was read: after signing in, or by `profile`. */
  | { signedIn: true; userId: string; user: User | undefined };

/** Signed in, or a second factor is required. */
export type SignInResult =
  | { user: User; secondFactor?: undefined }
  | { user?: undefined; secondFactor: SecondFactorStep };

/** A sign-in that needs a second factor within `expiresIn` seconds. */
export type SecondFactorStep = SecondFactorRequired['secondFactor'];

/** The second step of a sign-in: a code of the authenticator app, a recovery code, or a passkey. */
export type SecondFactorProof = { code: string } | { recoveryCode: string } | { passkey: true };

/** The wanted page of a list. */
export interface PageOptions {
  /** `nextCursor` of the previous page. */
  cursor?: string;
  /** 1-100, default 50. */
  limit?: number;
}

/**
 * The account of the page's user. All methods that need a signed-in user reject with
 * `account.required` when no user is signed in, or when the server has ended the session: then
 * `state` is signed out, too.
 */
export interface Account extends TypedEmitter<{ change: () => void }> {
  readonly state: AccountState;

  /**
   * Creates an account and signs in. Rejects with `account.email_taken`, `request.invalid`.
   * `password` has 10-128 characters.
   */
  register(account: { email: string; password: string; name: string; invitationToken?: string }): Promise<User>;
  /**
   * Rejects with `account.wrong_credentials`, `account.disabled`, `request.rate_limited`. For an account with a second
   * factor, the result is the second step.
   */
  logIn(credentials: { email: string; password: string }): Promise<SignInResult>;
  /**
   * Continues a sign-in. Rejects with `second_factor.wrong_code`, and with `token.invalid` or
   * `token.expired`: begin again.
   */
  completeSecondFactor(step: SecondFactorStep, proof: SecondFactorProof): Promise<User>;
  /**
   * Signs in without a password. Rejects with `passkey.cancelled`, `passkey.refused`,
   * `passkey.not_configured`, `browser.unsupported`.
   */
  signInWithPasskey(): Promise<User>;
  /** Second factors: an authenticator app, passkeys, recovery codes. */
  readonly security: AccountSecurity;
  /** Signs out here at once, and on the server when it is reachable. Never rejects. */
  logOut(): Promise<void>;
  /**
   * A bearer token for `createMeeting`, `getMeeting` and `join`; renewed a minute before it
   * expires. Undefined: no user is signed in. Rejects with `network.unreachable` and the like.
   */
  accessToken(): Promise<string | undefined>;
  /**
   * Sends a request as the user, or without a token when no user is signed in. Repeats it once with
   * another token when the server refuses the first one; rejects with `account.required` when there
   * is none.
   */
  asUser<T>(ask: (accessToken: string | undefined) => Promise<T>): Promise<T>;

  profile(): Promise<User>;
  updateProfile(change: { name?: string; language?: string }): Promise<User>;
  /** PNG, JPEG, WebP or GIF, 1 MiB. Rejects with `avatar.unsupported`, `request.too_large`. */
  setAvatar(picture: Blob): Promise<User>;
  removeAvatar(): Promise<void>;
  /**
   * Ends all other sessions. An account without a password omits `currentPassword`. Rejects with
   * `account.wrong_password`.
   */
  changePassword(change: { currentPassword?: string; newPassword: string }): Promise<void>;
  /** All data of the account that the server stores, without secrets. */
  exportData(): Promise<AccountExport>;
  /** Permanent. Rejects with `account.wrong_password`, `account.reauthentication_required`. */
  deleteAccount(proof: { password?: string }): Promise<void>;
  /** Rejects with `mail.not_configured`, `limit.reached`. */
  requestEmailVerification(): Promise<void>;

  sessions(page?: PageOptions): Promise<Page<Session>>;
  /** The account's audit events, the newest first. */
  auditEvents(page?: PageOptions): Promise<Page<AccountAuditEvent>>;
  /** Signs out another session. */
  endSession(id: string): Promise<void>;
  identities(): Promise<Identity[]>;
  /** Rejects with `identity.last`. */
  removeIdentity(id: string): Promise<void>;
  /**
   * The address to which the browser navigates to sign in through an identity provider; for a
   * signed-in user the identity becomes another way to sign in. The browser returns to
   * `returnTo`, a path of this page: pass its query's `sign-in` to `completeSignIn` there, unless
   * the query has `sign-in-error`, an error code.
   * Works on the server's own origin, whose cookies identify the browser that began. Rejects with
   * `account.reauthentication_required`.
   */
  startSignIn(options: { provider: string; returnTo: string }): Promise<string>;
  /**
   * Within a minute, once. Rejects with `account.sign_in_failed`. `signIn`: from the query of the
   * address.
   */
  completeSignIn(signIn: string): Promise<SignInResult>;

  /** The meetings of which the user is a member, the newest membership first. */
  meetings(page?: PageOptions & { archived?: boolean }): Promise<Page<MemberMeeting>>;
  /** The next dates of these meetings, the earliest first. `before`: ISO 8601; `limit`: 1-50, default 10. */
  schedule(options?: { before?: string; limit?: number }): Promise<ScheduledMeeting[]>;
  /** The invitations to the user's address once it is verified. */
  invitations(page?: PageOptions): Promise<Page<Invitation>>;
  /** Rejects with `invitation.not_found`, `member.exists`. */
  acceptInvitation(invitation: { id: string } | { token: string }): Promise<{ code: string; member: Member }>;
  declineInvitation(invitation: { id: string } | { token: string }): Promise<void>;

  /** Stops listening to other tabs. */
  close(): void;
}

export type {
  AccountAuditAction,
  AccountAuditEvent,
  Identity,
  Invitation,
  Member,
  MemberMeeting,
  Page,
  PublicUser,
  Session,
  SignedIn,
  User,
};
