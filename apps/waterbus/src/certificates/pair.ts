import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';

/** A certificate chain and its private key, checked to belong together. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Names and addresses of the first certificate, such as `DNS:meet.example.org`. */
  readonly names: string;
  /** Whether the first certificate is for this name or IP address. */
  covers(host: string): boolean;
}

/** The files hold no certificate, no key, or two that do not belong together. */
export class PairError extends Error {
  readonly code = 'EPAIR';
}

export function pairOf(cert: string, key: string): Pair {
  const leaf = attempt('The certificate is not in PEM form, or not whole', () => new X509Certificate(cert));
  const privateKey = attempt('The private key is not in PEM form, not whole, or has a passphrase', () =>
    createPrivateKey(key),
  );
  if (!leaf.checkPrivateKey(privateKey)) throw new PairError('The private key is not the one of the certificate');
  // Reads the certificates after the first one too.
  attempt('The certificate chain is not whole', () => createSecureContext({ cert, key }));
  return {
    cert,
    key,
    notBefore: Date.parse(leaf.validFrom),
    notAfter: Date.parse(leaf.validTo),
    names: leaf.subjectAltName ?? leaf.subject,
    covers: (host) => (isIP(host) ? leaf.checkIP(host) : leaf.checkHost(host)) !== undefined,
  };
}

function attempt<T>(sentence: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new PairError(sentence, { cause });
  }
}
