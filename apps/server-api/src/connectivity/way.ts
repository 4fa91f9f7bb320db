import type { ConnectivityRequest } from '@waterbus/protocol';
import type { FastifyRequest } from 'fastify';

export type Way = NonNullable<ConnectivityRequest['way']>;

/**
 * The way by which a client reaches signalling: at the first origin of signalling, or where this
 * request arrived (`''`). An HTTP proxy in front relays no TURN, so there is no port then; it shows
 * itself by the headers that it adds, or by a page on https whose request arrives without TLS.
 */
export function wayOf(
  { headers, raw }: Pick<FastifyRequest, 'headers' | 'raw'>,
  { signallingOrigins: [origin], publicUrl }: { signallingOrigins: readonly string[]; publicUrl: string | undefined },
): Way | undefined {
  if (origin) return wayTo(new URL(origin));
  const isTls = 'encrypted' in raw.socket;
  const [, host, port] = /^(\[[0-9a-f:.]+\]|[\w.-]{1,253})(?::(\d{1,5}))?$/i.exec(headers.host ?? '') ?? [];
  if (host === undefined) return undefined;
  const isProxied = PROXY_HEADERS.some((name) => headers[name] !== undefined);
  const endsTlsBefore = !isTls && publicUrl?.startsWith('https:');
  if (isProxied || endsTlsBefore) return { host, isTls };
  return { host, port: port === undefined ? defaultPort(isTls) : Number(port), isTls };
}

function wayTo({ hostname, port, protocol }: URL): Way {
  const isTls = protocol === 'https:' || protocol === 'wss:';
  return { host: hostname, port: port === '' ? defaultPort(isTls) : Number(port), isTls };
}

function defaultPort(isTls: boolean): number {
  return isTls ? 443 : 80;
}

const PROXY_HEADERS = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-real-ip'];
