import { createHash, createSign, generateKeyPairSync, randomBytes } from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';

interface Options {
  challenge: string;
  rp?: { id?: string };
  rpId?: string;
  user?: { id: string };
  allowCredentials?: { id: string }[];
}

/** Deviations from an honest authenticator. */
interface Twist {
  origin?: string;
  rpId?: string;
  challenge?: string;
  userVerified?: boolean;
  counter?: number;
  userHandle?: string;
}

/**
 * An authenticator with one passkey (Web Authentication level 3): P-256, no attestation, a counter
 * that counts.
 */
export class Authenticator {
  readonly id = randomBytes(32).toString('base64url');
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  readonly #origin: string;
  #userHandle = '';
  #counter = 0;

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** As `navigator.credentials.create`. */
  create(options: Options, twist: Twist = {}) {
    this.#userHandle = options.user?.id ?? '';
    const rawId = Buffer.from(this.id, 'base64url');
    const { x = '', y = '' } = this.#keys.publicKey.export({ format: 'jwk' });
    const cose = new Map<number, number | Uint8Array>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, new Uint8Array(Buffer.from(x, 'base64url'))],
      [-3, new Uint8Array(Buffer.from(y, 'base64url'))],
    ]);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(rawId.length);
    const attested = Buffer.concat([Buffer.alloc(16), length, rawId, isoCBOR.encode(cose)]);
    const authData = this.#authenticatorData(twist.rpId ?? options.rp?.id ?? '', 0x40, twist, attested);
    const attestation = new Map<string, unknown>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', new Uint8Array(authData)],
    ]);
    return {
      id: this.id,
      rawId: this.id,
      type: 'public-key' as const,
      clientExtensionResults: {},
      response: {
        clientDataJSON: this.#clientData('webauthn.create', options, twist).toString('base64url'),
        attestationObject: Buffer.from(isoCBOR.encode(attestation as never)).toString('base64url'),
        transports: ['internal'],
      },
    };
  }

  /** As `navigator.credentials.get`. */
  get(options: Options, twist: Twist = {}) {
    const authData = this.#authenticatorData(twist.rpId ?? options.rpId ?? '', 0, twist);
    const clientData = this.#clientData('webauthn.get', options, twist);
    const signed = Buffer.concat([authData, createHash('sha256').update(clientData).digest()]);
    return {
      id: this.id,
      rawId: this.id,
      type: 'public-key' as const,
      clientExtensionResults: {},
      response: {
        clientDataJSON: clientData.toString('base64url'),
        authenticatorData: authData.toString('base64url'),
        signature: createSign('sha256').update(signed).sign(this.#keys.privateKey).toString('base64url'),
        userHandle: twist.userHandle ?? this.#userHandle,
      },
    };
  }

  #authenticatorData(rpId: string, flags: number, twist: Twist, attested = Buffer.alloc(0)): Buffer {
    this.#counter = twist.counter ?? this.#counter + 1;
    const tail = Buffer.alloc(5);
    tail.writeUInt8(flags | 0x01 | (twist.userVerified === false ? 0 : 0x04));
    tail.writeUInt32BE(this.#counter, 1);
    return Buffer.concat([createHash('sha256').update(rpId).digest(), tail, attested]);
  }

  #clientData(type: string, options: Options, twist: Twist): Buffer {
    const challenge = twist.challenge ?? options.challenge;
    return Buffer.from(JSON.stringify({ type, challenge, origin: twist.origin ?? this.#origin, crossOrigin: false }));
  }
}
