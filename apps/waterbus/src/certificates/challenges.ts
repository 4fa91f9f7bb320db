import { isIP } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { selfSigned } from './self-signed.js';

/** How a certificate authority checks that this server has the name: RFC 8555 8.3 and RFC 8737. */
export type ChallengeMethod = 'http-01' | 'tls-alpn-01';

/** The answers to the challenges in progress. They exist during an order only. */
export class Challenges {
  readonly #texts = new Map<string, string>();
  readonly #contexts = new Map<string, SecureContext>();

  /** Resolves when the answer is in place. */
  async offer(
    method: ChallengeMethod,
    { host, token, keyAuthorization, now }: { host: string; token: string; keyAuthorization: string; now: number },
  ): Promise<void> {
    if (method === 'http-01') {
      this.#texts.set(token, keyAuthorization);
      return;
    }
    const { cert, key } = await selfSigned(host, { now, days: 1, keyAuthorization });
    this.#contexts.set(serverName(host), createSecureContext({ cert, key }));
  }

  clear(): void {
    this.#texts.clear();
    this.#contexts.clear();
  }

  /** The body for this path on port 80, if it belongs to a challenge. */
  text(path: string): string | undefined {
    return path.startsWith(WELL_KNOWN) ? this.#texts.get(path.slice(WELL_KNOWN.length)) : undefined;
  }

  /** The certificate for a TLS connection with ALPN `acme-tls/1`. */
  context(name: string): SecureContext | undefined {
    return this.#contexts.get(name.toLowerCase());
  }
}

/** An address is requested by its name for reverse lookup (RFC 8738 section 6). */
export function serverName(host: string): string {
  if (isIP(host) === 4) return `${host.split('.').reverse().join('.')}.in-addr.arpa`;
  if (isIP(host) === 6) return `${nibbles(host).reverse().join('.')}.ip6.arpa`;
  return host;
}

/** The 32 hexadecimal digits of an IPv6 address. */
function nibbles(address: string): string[] {
  // The URL parser turns a dotted quad at the end into two groups.
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = groups.split('::');
  const [first, last] = [head, tail ?? ''].map((part) => part.split(':').filter(Boolean));
  const zeros = tail === undefined ? 0 : 8 - (first?.length ?? 0) - (last?.length ?? 0);
  const all = [...(first ?? []), ...Array(zeros).fill('0'), ...(last ?? [])];
  return all.flatMap((group) => [...group.padStart(4, '0')]);
}

const WELL_KNOWN = '/.well-known/acme-challenge/';
