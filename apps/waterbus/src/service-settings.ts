import { z } from 'zod';
import { apiKeyList, byteCount, flag, nameEnds, origin, url } from './setting-types.js';

/** Services that Server API uses, and back ends that use Server API. */
export interface ServiceSettings {
  mail: { url: string; from: string } | undefined;
  s3: { endpoint: string; region: string; bucket: string; accessKeyId: string; secretAccessKey: string } | undefined;
  files: { offered: boolean; largest: number; perMeeting: number; total: number; types: string[] };
  identityProviders: { id: string; name: string; issuer: string; clientId: string; clientSecret?: string }[];
  apiKeys: { secret: string }[];
  privateWebhooks: boolean;
}

const MIB = 1024 * 1024;
const text = z.string().min(1).max(1000);

/** The environment variables of these settings. */
export const serviceEnvironment = {
  SMTP_URL: url('smtp:', 'smtps:').optional(),
  MAIL_FROM: text.optional(),
  S3_ENDPOINT: origin.optional(),
  S3_REGION: text.optional(),
  S3_BUCKET: text.optional(),
  S3_ACCESS_KEY_ID: text.optional(),
  S3_SECRET_ACCESS_KEY: text.optional(),
  CHAT_FILES: z.enum(['on', 'off']).default('on'),
  CHAT_FILE_BYTES: byteCount.default(25 * MIB),
  CHAT_FILES_MEETING_BYTES: byteCount.default(1024 * MIB),
  CHAT_FILES_TOTAL_BYTES: byteCount.default(5 * 1024 * MIB),
  CHAT_FILE_TYPES: nameEnds.default([]),
  OIDC_ISSUER: url('https:', 'http:').optional(),
  OIDC_CLIENT_ID: text.optional(),
  OIDC_CLIENT_SECRET: text.optional(),
  OIDC_NAME: text.default('single sign-on'),
  API_KEYS: apiKeyList.default([]),
  PRIVATE_WEBHOOKS: flag.default(false),
};

type Values = z.output<z.ZodObject<typeof serviceEnvironment>> & { PUBLIC_URL?: string };

/** One line for each missing setting that another one requires. */
export function serviceProblems(values: Values): string[] {
  return together.flatMap((names) => {
    // `PUBLIC_URL` is valid alone.
    const asking = names.find((name) => name !== 'PUBLIC_URL' && values[name] !== undefined);
    const missing = asking ? names.filter((name) => values[name] === undefined) : [];
    return missing.map((name) => `${name}: must be set too when ${asking} is`);
  });
}

export function servicesOf(values: Values): ServiceSettings {
  return {
    mail: values.SMTP_URL && values.MAIL_FROM ? { url: values.SMTP_URL, from: values.MAIL_FROM } : undefined,
    s3: storageOf(values),
    files: {
      offered: values.CHAT_FILES === 'on',
      largest: values.CHAT_FILE_BYTES,
      perMeeting: values.CHAT_FILES_MEETING_BYTES,
      total: values.CHAT_FILES_TOTAL_BYTES,
      types: values.CHAT_FILE_TYPES,
    },
    identityProviders:
      values.OIDC_ISSUER && values.OIDC_CLIENT_ID
        ? [
            {
              id: 'oidc',
              name: values.OIDC_NAME,
              issuer: values.OIDC_ISSUER,
              clientId: values.OIDC_CLIENT_ID,
              ...(values.OIDC_CLIENT_SECRET && { clientSecret: values.OIDC_CLIENT_SECRET }),
            },
          ]
        : [],
    apiKeys: values.API_KEYS,
    privateWebhooks: values.PRIVATE_WEBHOOKS,
  };
}

function storageOf(values: Values): ServiceSettings['s3'] {
  const { S3_ENDPOINT: endpoint, S3_REGION: region, S3_BUCKET: bucket } = values;
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = values;
  if (!endpoint || !region || !bucket || !accessKeyId || !secretAccessKey) return undefined;
  return { endpoint, region, bucket, accessKeyId, secretAccessKey };
}

/**
 * Each setting of a line requires all others of that line, except `PUBLIC_URL`. Links in mails and
 * the redirect from a provider need the address of the page.
 */
const together = [
  ['SMTP_URL', 'MAIL_FROM', 'PUBLIC_URL'],
  ['S3_ENDPOINT', 'S3_REGION', 'S3_BUCKET', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'],
  ['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'PUBLIC_URL'],
] as const satisfies readonly (readonly (keyof Values)[])[];
