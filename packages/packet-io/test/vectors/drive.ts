import { hooks, type SrtpVector } from '../../src/hooks.js';

type Given = Pick<SrtpVector, 'profile' | 'keys' | 'packet'> & Partial<SrtpVector>;

/** The protected packet. `derive: false` turns key derivation off. */
export function protect(vector: Given): Buffer {
  return hooks.srtpVector({ ...defaults, ...vector, unprotect: false }) as Buffer;
}

/** The plain packet, or the reason for its absence. */
export function unprotect(vector: Given): Buffer | string {
  return hooks.srtpVector({ ...defaults, ...vector, unprotect: true }) as Buffer | string;
}

export function hex(digits: string): Buffer {
  return Buffer.from(digits.replaceAll(/\s/g, ''), 'hex');
}

const defaults = { derive: true, rtcp: false, rollover: 0, rtcpIndex: 0 };
