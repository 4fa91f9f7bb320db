import * as z from 'zod';
import { displayNameSchema, storedNameSchema } from '../names.js';
import { refreshInSchema, signedInSchema } from './accounts.js';

/** Proofs of identity besides a password or an identity provider. */
export const secondFactorMethods = ['totp', 'passkey', 'recovery-code'] as const;
export type SecondFactorMethod = (typeof secondFactorMethods)[number];

/** Of an authenticator app (RFC 6238): six digits, valid once. Users type blanks into them. */
export const totpCodeSchema = z
  .string()
  .max(32)
  .transform((code) => code.replace(/\s/g, ''))
  .pipe(z.string().regex(/^\d{6}$/, 'must be six digits'));

/** Upper or lower case, with or without its hyphens. */
export const recoveryCodeSchema = z.string().min(1).max(64);

/** Answered in place of tokens: the sign-in continues with a second factor. */
export const secondFactorRequiredSchema = z.object({
  secondFactor: z.object({
    /** Send it back with the second factor. */
    token: z.string(),
    methods: z.array(z.enum(secondFactorMethods)),
    /** Seconds. */
    expiresIn: z.number().int().positive(),
  }),
});
export type SecondFactorRequired = z.infer<typeof secondFactorRequiredSchema>;

export const signInResponseSchema = z.union([signedInSchema, secondFactorRequiredSchema]);

/** Of challenges, for second factors and for passkeys. */
const challengeTokenSchema = z.string().min(1).max(256);

export const secondFactorRequestSchema = z.strictObject({
  token: challengeTokenSchema,
  /** Exactly one of the two. */
  code: totpCodeSchema.optional(),
  recoveryCode: recoveryCodeSchema.optional(),
  refreshIn: refreshInSchema,
});

const base64url = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[\w-]*$/, 'must be base64url');

/**
 * As `navigator.credentials.create` answers (Web Authentication level 3, RegistrationResponseJSON).
 */
export const registrationResponseSchema = z.object({
  id: base64url(2048),
  rawId: base64url(2048),
  type: z.literal('public-key'),
  authenticatorAttachment: z.enum(['platform', 'cross-platform']).nullish(),
  clientExtensionResults: z.object({}),
  response: z.object({
    clientDataJSON: base64url(8192),
    attestationObject: base64url(32_768),
    transports: z.array(z.string().max(32)).max(16).optional(),
  }),
});

/** As `navigator.credentials.get` answers (AuthenticationResponseJSON). */
export const authenticationResponseSchema = z.object({
  id: base64url(2048),
  rawId: base64url(2048),
  type: z.literal('public-key'),
  authenticatorAttachment: z.enum(['platform', 'cross-platform']).nullish(),
  clientExtensionResults: z.object({}),
  response: z.object({
    clientDataJSON: base64url(8192),
    authenticatorData: base64url(8192),
    signature: base64url(8192),
    userHandle: base64url(512).nullish(),
  }),
});

/** For the browser's `navigator.credentials`; send `token` back with its answer. */
export const passkeyOptionsSchema = z.object({
  token: z.string(),
  options: z.looseObject({ challenge: z.string() }),
});
export const passkeySignInOptionsRequestSchema = z.strictObject({
  /** Of a sign-in that continues with a passkey as second factor. */
  secondFactor: challengeTokenSchema.optional(),
});
export const passkeySignInRequestSchema = z.strictObject({
  token: challengeTokenSchema,
  response: authenticationResponseSchema,
  refreshIn: refreshInSchema,
});

export const passkeySchema = z.object({
  id: z.string(),
  name: storedNameSchema,
  /** The passkey's provider keeps it on several devices. */
  backedUp: z.boolean(),
  createdAt: z.iso.datetime(),
  /** Null: never. */
  lastUsedAt: z.iso.datetime().nullable(),
});
export type Passkey = z.infer<typeof passkeySchema>;

export const addPasskeyRequestSchema = z.strictObject({
  token: challengeTokenSchema,
  name: displayNameSchema,
  response: registrationResponseSchema,
});
export const renamePasskeyRequestSchema = z.strictObject({ name: displayNameSchema });

/** Shown once. Null: the user already has codes, which remain valid. */
const newCodes = z.array(z.string()).nullable();
export const addedPasskeySchema = z.object({ passkey: passkeySchema, recoveryCodes: newCodes });
export const confirmedTotpSchema = z.object({ recoveryCodes: newCodes });
export const recoveryCodesSchema = z.object({ recoveryCodes: z.array(z.string()) });

export const newTotpSchema = z.object({
  /** Base32, for manual entry in an authenticator app. */
  secret: z.string(),
  /** The same as a URI, for display as a QR code. */
  uri: z.string(),
});
export type NewTotp = z.infer<typeof newTotpSchema>;
export const confirmTotpRequestSchema = z.strictObject({ code: totpCodeSchema });

export const secondFactorsSchema = z.object({
  /** Whether an authenticator app is set up. */
  totp: z.boolean(),
  passkeys: z.array(passkeySchema),
  recoveryCodesLeft: z.number().int().nonnegative(),
  /** Whether this server supports passkeys: it must know its https address. */
  passkeysPossible: z.boolean(),
});
export type SecondFactors = z.infer<typeof secondFactorsSchema>;

/**
 * Confirms the user of the session: with a passkey, or with the password and, if set up, a second
 * factor.
 */
export const confirmSessionRequestSchema = z.strictObject({
  password: z.string().min(1).max(128).optional(),
  code: totpCodeSchema.optional(),
  recoveryCode: recoveryCodeSchema.optional(),
  passkey: z.strictObject({ token: challengeTokenSchema, response: authenticationResponseSchema }).optional(),
});
