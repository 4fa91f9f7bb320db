import { isIP } from 'node:net';
import { isPrivateAddress } from '@waterbus/server-api';
import { z } from 'zod';
import { file, integer, url } from './setting-types.js';

/** A certificate authority that issues the certificate of the page. */
export interface AcmeSettings {
  directory: string;
  /** A directory without rate limits, for a first attempt. */
  rehearsal: string | undefined;
  email: string | undefined;
  /** The host of `PUBLIC_URL`: a DNS name or an IP address. */
  host: string;
  /** False: deduced from `PUBLIC_URL` alone; a reverse proxy may hold the ports. */
  certain: boolean;
}

export interface TlsSettings {
  httpPort: number;
  tls: { certFile: string; keyFile: string } | undefined;
  acme: AcmeSettings | undefined;
  /** The port of plain HTTP, which redirects to the page. `certain`: by a setting. */
  redirect: { port: number; certain: boolean } | undefined;
}

/** The environment variables of these settings. */
export const tlsEnvironment = {
  HTTP_PORT: integer(1, 65_535).optional(),
  REDIRECT_PORT: integer(1, 65_535).optional(),
  TLS_CERT: file.optional(),
  TLS_KEY: file.optional(),
  ACME: z.enum(['on', 'off'], 'must be on or off').optional(),
  ACME_DIRECTORY: url('https:').optional(),
  ACME_EMAIL: z.email('must be a mail address').optional(),
};

type Values = z.output<z.ZodObject<typeof tlsEnvironment>> & {
  PUBLIC_URL?: string;
  LISTEN_ADDRESS?: string;
  TRUSTED_PROXIES: string[];
};

export function tlsProblems(values: Values, clustered: boolean): string[] {
  const problems: string[] = [];
  const { TLS_CERT, TLS_KEY, REDIRECT_PORT, ACME } = values;
  if (Boolean(TLS_CERT) !== Boolean(TLS_KEY)) {
    problems.push(`${TLS_CERT ? 'TLS_KEY' : 'TLS_CERT'}: must be set too when ${TLS_CERT ? 'TLS_CERT' : 'TLS_KEY'} is`);
  }
  if (ACME === 'on') problems.push(...acmeProblems(values, clustered));
  if (REDIRECT_PORT !== undefined && problems.length === 0) {
    const { httpPort, tls, acme } = tlsOf(values, clustered);
    if (!tls && !acme) problems.push('REDIRECT_PORT: needs a certificate, from TLS_CERT or with ACME=on');
    else if (!values.PUBLIC_URL?.startsWith('https:')) {
      problems.push('PUBLIC_URL: must be set, with https, when REDIRECT_PORT is: requests are redirected there');
    } else if (REDIRECT_PORT === httpPort) problems.push('REDIRECT_PORT: must be another port than HTTP_PORT');
  }
  return problems;
}

function acmeProblems(values: Values, clustered: boolean): string[] {
  if (values.TLS_CERT) return ['ACME: TLS_CERT is set too; unset one of the two'];
  if (clustered) {
    return ['ACME: the servers of a cluster need one certificate: let the load balancer end TLS, or set TLS_CERT'];
  }
  const host = hostOf(values.PUBLIC_URL);
  if (host === undefined)
    return ['PUBLIC_URL: must be set, with https, when ACME is on: the certificate is for its host'];
  if (!values.ACME_DIRECTORY && !isPublicHost(host)) {
    return [`ACME: Let's Encrypt issues no certificate for ${host}; set ACME_DIRECTORY to an authority that does`];
  }
  return [];
}

export function tlsOf(values: Values, clustered: boolean): TlsSettings {
  const { TLS_CERT, TLS_KEY, REDIRECT_PORT, HTTP_PORT } = values;
  const acme = acmeOf(values, clustered);
  const port = acme ? Number(new URL(values.PUBLIC_URL ?? '').port || HTTPS_PORT) : DEFAULT_HTTP_PORT;
  return {
    httpPort: HTTP_PORT ?? port,
    tls: TLS_CERT && TLS_KEY ? { certFile: TLS_CERT, keyFile: TLS_KEY } : undefined,
    acme,
    redirect: redirectOf(REDIRECT_PORT, acme),
  };
}

function redirectOf(port: number | undefined, acme: AcmeSettings | undefined): TlsSettings['redirect'] {
  if (port !== undefined) return { port, certain: true };
  return acme ? { port: PLAIN_PORT, certain: false } : undefined;
}

function acmeOf(values: Values, clustered: boolean): AcmeSettings | undefined {
  const { ACME, ACME_DIRECTORY, ACME_EMAIL, TLS_CERT, HTTP_PORT } = values;
  const host = hostOf(values.PUBLIC_URL);
  if (ACME === 'off' || TLS_CERT || clustered || host === undefined) return undefined;
  if (ACME !== 'on' && endsElsewhere(values, host)) return undefined;
  return {
    directory: ACME_DIRECTORY ?? LETS_ENCRYPT,
    rehearsal: ACME_DIRECTORY === undefined ? LETS_ENCRYPT_STAGING : undefined,
    email: ACME_EMAIL,
    host,
    certain: ACME === 'on' || HTTP_PORT !== undefined,
  };
}

/**
 * Whether the settings show that another program holds the certificate of the page: proxies are
 * named, HTTP listens on loopback only, or on another port than the page's.
 */
function endsElsewhere(values: Values, host: string): boolean {
  const { TRUSTED_PROXIES, LISTEN_ADDRESS, HTTP_PORT, PUBLIC_URL = '', ACME_DIRECTORY } = values;
  return (
    TRUSTED_PROXIES.length > 0 ||
    (LISTEN_ADDRESS !== undefined && LOOPBACK.test(LISTEN_ADDRESS)) ||
    new URL(PUBLIC_URL).port !== '' ||
    (HTTP_PORT !== undefined && HTTP_PORT !== HTTPS_PORT) ||
    (ACME_DIRECTORY === undefined && !isPublicHost(host))
  );
}

/** Undefined without https. */
function hostOf(publicUrl: string | undefined): string | undefined {
  if (!publicUrl?.startsWith('https:')) return undefined;
  return new URL(publicUrl).hostname.replace(/^\[|\]$/g, '');
}

/** Whether a public authority may issue a certificate for this name or address. */
function isPublicHost(host: string): boolean {
  return isIP(host) ? !isPrivateAddress(host) : host.includes('.') && !INTERNAL.test(host);
}

/** The port of HTTP when nothing else is set. */
export const DEFAULT_HTTP_PORT = 8080;

const HTTPS_PORT = 443;
const PLAIN_PORT = 80;

const LETS_ENCRYPT = 'https://acme-v02.api.letsencrypt.org/directory';
const LETS_ENCRYPT_STAGING = 'https://acme-staging-v02.api.letsencrypt.org/directory';

const LOOPBACK = /^(127\.|::1$)/;

/** Reserved names: RFC 6761, RFC 6762, and `internal` by ICANN. */
const INTERNAL = /\.(localhost|local|internal|test|example|invalid|home\.arpa|onion)\.?$/i;
