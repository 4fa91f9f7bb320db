import type { ConnectivityRequest } from './connectivity-request.js';

/**
 * The way by which a client reaches signalling: TURN is there too, on the same port. Without a
 * port, an HTTP proxy is in between, which relays no TURN.
 */
export type SignallingWay = NonNullable<ConnectivityRequest['way']>;

/** An HTTP request as it arrived at a server: Node's, whose TLS sockets are `encrypted`. */
export interface ArrivedRequest {
  headers: { readonly [name: string]: string | readonly string[] | undefined; host?: string };
  socket: object;
}

/**
 * The way of a request at this process. An HTTP proxy in front shows itself by the headers that it
 * adds, or by a page on https (`pageOrigin`, left out if not known) whose request arrives without
 * TLS. Undefined without a valid host.
 */
export function signallingWay({ headers, socket }: ArrivedRequest, pageOrigin?: string): SignallingWay | undefined {
  const isTls = 'encrypted' in socket;
  const [, host, port] = /^(\[[0-9a-f:.]+\]|[\w.-]{1,253})(?::(\d{1,5}))?$/i.exec(headers.host ?? '') ?? [];
  if (host === undefined) return undefined;
  const endsTlsBefore = !isTls && pageOrigin?.startsWith('https:');
  if (isForwarded(headers) || endsTlsBefore) return { host, isTls };
  const number = port === undefined ? defaultPort(isTls) : Number(port);
  return number >= 1 && number <= 65_535 ? { host, port: number, isTls } : undefined;
}

/** The way to signalling at a valid origin, of http or ws, with TLS or without. */
export function wayToOrigin(origin: string): SignallingWay | undefined {
  const [, scheme, host, port] = /^(https?|wss?):\/\/(\[[^\]]+\]|[^:/]+)(?::(\d+))?\/?$/.exec(origin) ?? [];
  if (host === undefined) return undefined;
  const isTls = scheme === 'https' || scheme === 'wss';
  return { host, port: port === undefined ? defaultPort(isTls) : Number(port), isTls };
}

/** Whether a proxy forwarded the request. */
export function isForwarded(headers: ArrivedRequest['headers']): boolean {
  return PROXY_HEADERS.some((name) => headers[name] !== undefined);
}

function defaultPort(isTls: boolean): number {
  return isTls ? 443 : 80;
}

const PROXY_HEADERS = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-real-ip'];
