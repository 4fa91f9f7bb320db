import type { IceParameters } from '../api/types.js';

/** Fresh credentials of a lite agent. */
export function makeIceParameters(random: (bytes: Uint8Array) => void): IceParameters {
  return {
    usernameFragment: randomToken(USERNAME_FRAGMENT_CHARACTERS, random),
    password: randomToken(PASSWORD_CHARACTERS, random),
    iceLite: true,
  };
}

/**
 * ASCII bytes of a password, the key of MESSAGE-INTEGRITY (RFC 8445 section 7.1.2: ICE characters
 * need no SASLprep).
 */
export function passwordBytes(password: string): Uint8Array {
  const bytes = new Uint8Array(password.length);
  for (let i = 0; i < password.length; i++) bytes[i] = password.charCodeAt(i);
  return bytes;
}

function randomToken(characters: number, random: (bytes: Uint8Array) => void): string {
  const bytes = new Uint8Array(characters);
  random(bytes);
  let token = '';
  for (const byte of bytes) token += ICE_CHARACTERS[byte & 63];
  return token;
}

/** RFC 8839 section 5.1: ice-char. There are exactly 64, so six bits of a random byte choose evenly. */
const ICE_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/**
 * 96 bits. RFC 8445 section 5.3 requires 24, but ours also identifies the session among all of the
 * engine's, so it must never collide.
 */
const USERNAME_FRAGMENT_CHARACTERS = 16;
/** RFC 8445 section 5.3 requires 128 bits, 22 characters. */
const PASSWORD_CHARACTERS = 32;
