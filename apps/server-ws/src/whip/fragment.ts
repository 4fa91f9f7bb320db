import { CodedError, type TransportParameters } from '@waterbus/protocol';
import { parse } from 'sdp-transform';
import { iceLines } from './answer.js';
import type { IceCredentials } from './offer.js';

/**
 * The credentials of a client's trickle fragment (RFC 8840 section 9), which identify its ICE
 * session. The candidates have no use: an ICE-lite server learns the client's address from its
 * checks. Throws `sdp.invalid`.
 */
export function readFragment(text: string): IceCredentials {
  const lines = text.split(/\r\n|\r|\n/);
  const isFragment = lines.every((line) => line === '' || /^[am]=/.test(line));
  if (!isFragment || lines.length > MOST_LINES || lines.some((line) => line.length > LONGEST_LINE)) {
    throw new CodedError('sdp.invalid', 'this is no fragment of a session description');
  }
  const { iceUfrag, icePwd, media } = parse(text);
  const section = media.find((one) => one.iceUfrag !== undefined);
  const ufrag = iceUfrag ?? section?.iceUfrag;
  const password = icePwd ?? section?.icePwd;
  if (ufrag === undefined) throw new CodedError('sdp.invalid', 'there is no ice-ufrag');
  return { ufrag: String(ufrag), password: password === undefined ? undefined : String(password) };
}

/** The server's parameters after an ICE restart. Its candidates are unchanged. */
export function writeFragment(transport: Pick<TransportParameters, 'iceParameters'>): string {
  return `${['a=ice-lite', ...iceLines(transport)].join('\r\n')}\r\n`;
}

/** A client has a few candidates for each of its addresses. */
const MOST_LINES = 1000;
const LONGEST_LINE = 2000;
