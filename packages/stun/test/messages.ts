import { createHmac } from 'node:crypto';
import { type Hmac, parseStun, type StunMessage } from '../src/index.js';

export const hmacs: Readonly<Record<'sha1' | 'sha256', Hmac>> = {
  sha1: (key, data) => createHmac('sha1', key).update(data).digest(),
  sha256: (key, data) => createHmac('sha256', key).update(data).digest(),
};

export function parsed(bytes: Uint8Array): StunMessage {
  const message = parseStun(bytes);
  if (!message) throw new Error('not parsed');
  return message;
}

/** Spaces in the text have no meaning. */
export function bytes(hexadecimal: string): Uint8Array {
  return Uint8Array.from(hexadecimal.replace(/\s/g, '').match(/../g)!, (pair) => Number.parseInt(pair, 16));
}
