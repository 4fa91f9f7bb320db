import * as z from 'zod';
import { displayNameSchema, storedNameSchema } from '../names.js';
import { pageOf } from './paging.js';

/**
 * Compared and stored in lower case (RFC 5321 section 2.4 leaves the local part to its host; no
 * known host distinguishes case).
 */
export const emailSchema = z.string().trim().max(254).toLowerCase().pipe(z.email()).meta({ format: 'email' });

/** Length only, as NIST SP 800-63B section 3.1.1.2 requires. */
export const accountPasswordSchema = z.string().min(10).max(128);

/** BCP 47, such as `de` or `de-AT`. Where the server does not have it, mails are in English. */
export const languageTagSchema = z
  .string()
  .max(35)
  .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$/);

export const userSchema = z.object({
  id: z.uuid(),
  email: z.string(),
  /** The holder of the account has proved that mail to this address arrives. */
  emailVerified: z.boolean(),
  name: storedNameSchema,
  /** Relative to the API's origin; null: none. */
  avatarUrl: z.string().nullable(),
  /** False for an account that signs in through an identity provider only. */
  hasPassword: z.boolean(),
  /** Of mails to the user; null: not known. Absent from earlier servers. */
  language: z.string().nullable().optional(),
  /** Whether the server's settings name this account as an administrator, and it counts as one. */
  administrator: z.boolean().default(false),
  createdAt: z.iso.datetime(),
});
export type User = z.infer<typeof userSchema>;

/** The public fields of a user. */
export const publicUserSchema = userSchema.pick({ id: true, name: true, avatarUrl: true });
export type PublicUser = z.infer<typeof publicUserSchema>;

/**
 * Place of the refresh token in the answer. `cookie`: an HttpOnly cookie, for the page of the
 * server's own origin; no script of the page can read it. `body`: for all other clients.
 */
export const refreshInSchema = z.enum(['body', 'cookie']).default('body');
export type RefreshIn = z.infer<typeof refreshInSchema>;

export const sessionTokensSchema = z.object({
  /** A bearer token (RFC 6750) for `expiresIn` seconds, or until its session ends. */
  accessToken: z.string(),
  expiresIn: z.number().int().positive(),
  /**
   * Valid for one refresh. A second use ends the session, because another party holds the token.
   * Left out: the token is in a cookie.
   */
  refreshToken: z.string().optional(),
  /** The user to whom the tokens belong. */
  userId: z.uuid(),
});
export type SessionTokens = z.infer<typeof sessionTokensSchema>;

export const registerRequestSchema = z.strictObject({
  email: emailSchema,
  password: accountPasswordSchema,
  name: displayNameSchema,
  refreshIn: refreshInSchema,
  /** Of an invitation or an invite link, where only invited users may register. */
  invitationToken: z.string().min(1).max(200).optional(),
});
export const logInRequestSchema = z.strictObject({
  email: emailSchema,
  password: z.string().min(1).max(128),
  refreshIn: refreshInSchema,
});
export const refreshRequestSchema = z.strictObject({
  /** Left out: the token in the cookie. */
  refreshToken: z.string().min(1).max(2048).optional(),
  refreshIn: refreshInSchema,
});
export const signedInSchema = z.object({ user: userSchema, tokens: sessionTokensSchema });
export type SignedIn = z.infer<typeof signedInSchema>;

export const sessionSchema = z.object({
  id: z.uuid(),
  /** The session of this request. */
  current: z.boolean(),
  /** The client's user agent at sign-in; null: the client sent none. */
  userAgent: z.string().nullable(),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});
export type Session = z.infer<typeof sessionSchema>;
export const sessionsSchema = pageOf(sessionSchema);

export const updateProfileRequestSchema = z.strictObject({
  name: displayNameSchema.optional(),
  /** Of mails to the user. */
  language: languageTagSchema.optional(),
});
export const changePasswordRequestSchema = z.strictObject({
  /** Left out only for an account without a password. */
  currentPassword: z.string().max(128).optional(),
  newPassword: accountPasswordSchema,
});
/**
 * An account without a password can be deleted only by a session that signed in within the last 10
 * minutes.
 */
export const deleteAccountRequestSchema = z.strictObject({ password: z.string().max(128).optional() });

/** Rows as the server stores them, without secrets. */
const exportedRowsSchema = z.array(z.record(z.string(), z.unknown()));

/** All stored data of a user. */
export const accountExportSchema = z.object({
  exportedAt: z.iso.datetime(),
  account: z.record(z.string(), z.unknown()),
  sessions: exportedRowsSchema,
  identities: exportedRowsSchema,
  passkeys: exportedRowsSchema,
  /** Authenticator apps. */
  totps: exportedRowsSchema,
  mailedTokens: exportedRowsSchema,
  apiKeys: exportedRowsSchema,
  webhooks: exportedRowsSchema,
  webhookEvents: exportedRowsSchema,
  /** The meetings of the user. */
  meetings: exportedRowsSchema,
  memberships: exportedRowsSchema,
  messages: exportedRowsSchema,
  /** Written by the user. */
  privateMessages: exportedRowsSchema.optional(),
  /** In the chat, without their bytes. Absent from servers of an earlier version. */
  files: exportedRowsSchema.optional(),
  /** To messages. */
  reactions: exportedRowsSchema,
  /** Created by the user. */
  polls: exportedRowsSchema.optional(),
  /** In polls with names; an anonymous vote belongs to nobody. */
  votes: exportedRowsSchema.optional(),
  /** Presences in calls. */
  presences: exportedRowsSchema,
  /** The quality of the user's connections, a row for each minute in a call; servers keep it for 30 days. */
  quality: exportedRowsSchema.optional(),
  /** Requests to join; kept for a week. */
  admissions: exportedRowsSchema,
  /** Entries of the audit logs about the account, and about the user's actions on meetings. */
  auditEvents: exportedRowsSchema,
});
export type AccountExport = z.infer<typeof accountExportSchema>;

/** Secrets from a mail. */
export const mailedTokenSchema = z.string().min(1).max(256);
export const confirmEmailRequestSchema = z.strictObject({ token: mailedTokenSchema });
export const requestPasswordResetRequestSchema = z.strictObject({ email: emailSchema });
export const resetPasswordRequestSchema = z.strictObject({
  token: mailedTokenSchema,
  newPassword: accountPasswordSchema,
});

/**
 * Maximum size of an avatar in bytes. PNG, JPEG, WebP or GIF, by its bytes and not by its declared
 * type.
 */
export const LARGEST_AVATAR = 1024 * 1024;

export const identityProviderSchema = z.object({ id: z.string(), name: z.string() });
export const identityProvidersSchema = z.object({ items: z.array(identityProviderSchema) });
export const startSignInRequestSchema = z.strictObject({
  /** Path of the page to return to. */
  returnTo: z
    .string()
    .max(512)
    .regex(/^\/(?![/\\])[^\\\p{Cc}]*$/u, 'must be a path of this site')
    .default('/'),
});
export const startSignInResponseSchema = z.object({ authorizationUrl: z.url() });
export const completeSignInRequestSchema = z.strictObject({
  /** `sign-in` in the query of the address to which the browser returned. */
  signIn: z.string().regex(/^[\w-]{16}$/, 'must be the id of a sign-in'),
  refreshIn: refreshInSchema,
});

/** A way to sign in: an account at an identity provider. */
export const identitySchema = z.object({
  id: z.string(),
  /** Null: the server's settings no longer contain the provider. */
  provider: identityProviderSchema.nullable(),
  issuer: z.string(),
  createdAt: z.iso.datetime(),
});
export type Identity = z.infer<typeof identitySchema>;
export const identitiesSchema = z.object({ items: z.array(identitySchema) });
