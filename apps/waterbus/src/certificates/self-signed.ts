import 'reflect-metadata';
import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';
import { type Pair, pairOf } from './pair.js';

/**
 * A self-signed certificate of a name or an IP address on a new P-256 key. `keyAuthorization` makes
 * it the answer to a tls-alpn-01 challenge (RFC 8737 section 3).
 */
export async function selfSigned(
  host: string,
  { now, days, keyAuthorization }: { now: number; days: number; keyAuthorization?: string },
): Promise<Pair> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomBytes(SERIAL_BYTES).toString('hex'),
    name: COMMON_NAME,
    notBefore: new Date(now - CLOCK_TOLERANCE),
    notAfter: new Date(now + days * DAY),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.SubjectAlternativeNameExtension([{ type: isIP(host) ? 'ip' : 'dns', value: host }]),
      // TLS 1.2 refuses a certificate for ECDHE that may not sign.
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      ...(keyAuthorization === undefined ? [] : [acmeIdentifier(keyAuthorization)]),
    ],
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return pairOf(`${certificate.toString('pem')}\n`, x509.PemConverter.encode(key, 'PRIVATE KEY'));
}

/** The SHA-256 digest of the key authorization as a DER octet string. */
function acmeIdentifier(keyAuthorization: string): x509.Extension {
  const digest = createHash('sha256').update(keyAuthorization).digest();
  return new x509.Extension(ACME_IDENTIFIER, true, Buffer.concat([Buffer.from([0x04, digest.length]), digest]));
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

const COMMON_NAME = 'CN=Waterbus temporary certificate';

/** id-pe-acmeIdentifier of RFC 8737. */
const ACME_IDENTIFIER = '1.3.6.1.5.5.7.1.31';

/** RFC 5280 permits 20. */
const SERIAL_BYTES = 16;

/** Milliseconds by which the clock of a certificate authority may be behind. */
const CLOCK_TOLERANCE = 3_600_000;

const DAY = 86_400_000;
