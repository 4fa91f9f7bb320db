import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * Nonces that need no memory: a time and its HMAC. The prefix announces the choice of password
 * algorithms (RFC 8489 section 9.2): "obMatJos2", and the flags in base64.
 */
export class Nonces {
  private readonly key = randomBytes(32);

  make(now: number): string {
    const time = Math.floor(now).toString(36);
    return `${PREFIX}${time}.${this.proof(time)}`;
  }

  isFresh(nonce: string, now: number): boolean {
    const [, time, proof] = /^([0-9a-z]{1,12})\.([\w-]{22})$/.exec(nonce.slice(PREFIX.length)) ?? [];
    if (!nonce.startsWith(PREFIX) || time === undefined || proof === undefined) return false;
    if (!timingSafeEqual(Buffer.from(proof), Buffer.from(this.proof(time)))) return false;
    return now - Number.parseInt(time, 36) <= NONCE_LIFETIME;
  }

  private proof(time: string): string {
    return createHmac('sha256', this.key).update(time).digest().subarray(0, 16).toString('base64url');
  }
}

/** Flag 0 of 24: "password algorithms". */
const PREFIX = `obMatJos2${Buffer.from([0x80, 0, 0]).toString('base64')}`;

/** Milliseconds (RFC 8656 section 5 recommends an hour at most). */
const NONCE_LIFETIME = 60 * 60 * 1000;
