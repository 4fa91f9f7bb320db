import type { IncomingMessage } from 'node:http';
import type { SignallingWay } from '../turn/ice-servers.js';

/**
 * The way of a socket's handshake. An HTTP proxy in front shows itself by the headers that it adds,
 * or by a page on https whose socket arrives here without TLS. Undefined without a host.
 */
export function signallingWay(request: IncomingMessage): SignallingWay | undefined {
  const { headers, socket } = request;
  const isTls = 'encrypted' in socket;
  const [, host, port] = /^(\[[0-9a-f:.]+\]|[\w.-]{1,253})(?::(\d{1,5}))?$/i.exec(headers.host ?? '') ?? [];
  if (host === undefined) return undefined;
  const isProxied = PROXY_HEADERS.some((name) => headers[name] !== undefined);
  const endsTlsBefore = !isTls && headers.origin?.startsWith('https:');
  const ownPort = port === undefined ? (isTls ? 443 : 80) : Number(port);
  return { host, port: isProxied || endsTlsBefore ? undefined : ownPort, isTls };
}

const PROXY_HEADERS = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-real-ip'];
