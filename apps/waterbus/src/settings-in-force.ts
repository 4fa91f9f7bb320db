import type { SettingInForce } from '@waterbus/protocol';
import { environmentSchema } from './settings.js';

type SettingName = keyof typeof environmentSchema.shape;

/** The settings for administrators, by name. Never the value of a secret. */
export function settingsInForce(environment: Record<string, string | undefined>): SettingInForce[] {
  return (Object.keys(visibility) as SettingName[]).sort().map((name) => {
    const secret = visibility[name] === 'secret';
    const given = environment[name] || undefined;
    const source = given === undefined ? 'default' : 'environment';
    return { name, value: secret ? null : (given ?? defaultOf(name)), secret, source };
  });
}

/** Null: the default depends on other settings or on the host, or there is none. */
function defaultOf(name: SettingName): string | null {
  const value = environmentSchema.shape[name].safeParse(undefined).data;
  if (typeof value === 'boolean') return value ? '1' : '0';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}

/**
 * `secret`: secrets, and addresses that may contain a password. A new setting does not compile until
 * it is listed here.
 */
const visibility: Record<SettingName, 'shown' | 'secret'> = {
  ACME: 'shown',
  ACME_DIRECTORY: 'shown',
  ACME_EMAIL: 'shown',
  ADMINS: 'shown',
  ALLOWED_ORIGINS: 'shown',
  FRAME_ANCESTORS: 'shown',
  ANNOUNCED_ADDRESSES: 'shown',
  API_KEYS: 'secret',
  ATTENDANCE_DAYS: 'shown',
  AUDIT_DAYS: 'shown',
  BRAND_ACCENT: 'shown',
  BRAND_ACCENT_DARK: 'shown',
  BRAND_IMPRINT: 'shown',
  BRAND_LOGO: 'shown',
  BRAND_NAME: 'shown',
  BRAND_PRIVACY: 'shown',
  CHAT_FILES: 'shown',
  CHAT_FILES_MEETING_BYTES: 'shown',
  CHAT_FILES_TOTAL_BYTES: 'shown',
  CHAT_FILE_BYTES: 'shown',
  CHAT_FILE_TYPES: 'shown',
  CREATES_PER_MINUTE: 'shown',
  DATABASE_URL: 'secret',
  DATA_DIR: 'shown',
  GUESTS: 'shown',
  HTTP_PORT: 'shown',
  ICE_SERVERS: 'secret',
  JOINS_PER_MINUTE: 'shown',
  LISTEN_ADDRESS: 'shown',
  LOG_LEVEL: 'shown',
  MAIL_FROM: 'shown',
  MEDIA_EXTRA_PORTS: 'shown',
  MEDIA_PORT: 'shown',
  MEDIA_TCP: 'shown',
  MEDIA_WORKERS: 'shown',
  MEETING_CREATION: 'shown',
  METRICS_HOST: 'shown',
  METRICS_PORT: 'shown',
  NODE_ID: 'shown',
  OIDC_CLIENT_ID: 'shown',
  OIDC_CLIENT_SECRET: 'secret',
  OIDC_ISSUER: 'secret',
  OIDC_NAME: 'shown',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'secret',
  OWNERLESS_MEETING_DAYS: 'shown',
  POD_INDEX: 'shown',
  PRIVATE_WEBHOOKS: 'shown',
  PROXY_PROTOCOL: 'shown',
  PUBLIC_URL: 'shown',
  QUALITY_DAYS: 'shown',
  REDIRECT_PORT: 'shown',
  REDIS_CLUSTER_NODES: 'shown',
  REDIS_PASSWORD: 'secret',
  REDIS_SENTINELS: 'shown',
  REDIS_SENTINEL_NAME: 'shown',
  REDIS_SENTINEL_PASSWORD: 'secret',
  REDIS_TLS: 'shown',
  REDIS_URL: 'secret',
  REDIS_USERNAME: 'shown',
  REGISTRATION: 'shown',
  S3_ACCESS_KEY_ID: 'secret',
  S3_BUCKET: 'shown',
  S3_ENDPOINT: 'shown',
  S3_REGION: 'shown',
  S3_SECRET_ACCESS_KEY: 'secret',
  SECRET: 'secret',
  SERVICE_WORKER: 'shown',
  SESSION_LIFETIME_DAYS: 'shown',
  SIGNALLING_ORIGINS: 'shown',
  SMTP_URL: 'secret',
  STUN_SERVERS: 'shown',
  TLS_CERT: 'shown',
  TLS_KEY: 'shown',
  TRUSTED_PROXIES: 'shown',
  TURN_PORT: 'shown',
  TURN_URLS: 'shown',
};
