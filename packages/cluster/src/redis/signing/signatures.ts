import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../clock.js';
import { Inbox } from './inbox.js';

/** The reason why a message is dropped. */
export type Fault = 'unsigned' | 'forged' | 'late' | 'replayed';

export type Opened = { payload: string } | { fault: Fault };

/**
 * Every program with write access to Redis can publish there, so members sign their messages to
 * each other, with a key derived from the secret that all servers share. A signature covers the
 * channel (hence the requested node), the sender, its number, the date, and the text.
 */
export class Signatures {
  readonly #messageKey: KeyObject;
  readonly #recordKey: KeyObject;
  #sent = 0;
  /** A text that several listeners of a channel open in turn is verified once. */
  #last: { channel: string; text: string; letter: Letter | Fault } | undefined;

  constructor(
    secret: string | Uint8Array,
    private readonly memberId: string,
    private readonly clock: Clock,
  ) {
    this.#messageKey = derive(secret, 'waterbus bus message');
    this.#recordKey = derive(secret, 'waterbus stream record');
  }

  /**
   * A message for a channel. Each listener receives it once, within `MESSAGE_LIFE` of the date
   * here.
   */
  seal(channel: string, payload: string): string {
    this.#sent += 1;
    const head = `${this.memberId} ${this.#sent} ${this.clock.date()}`;
    return `${VERSION} ${head} ${sign(this.#messageKey, channel, head, payload)} ${payload}`;
  }

  /** For one listener of a channel. */
  inbox(channel: string): { open(text: string): Opened } {
    const inbox = new Inbox();
    return {
      open: (text) => {
        const letter = this.#verified(channel, text);
        if (typeof letter === 'string') return { fault: letter };
        const date = this.clock.date();
        if (Math.abs(date - letter.date) > MESSAGE_LIFE) return { fault: 'late' };
        const isNew = inbox.take(letter.sender, letter.number, letter.date, date - MESSAGE_LIFE);
        return isNew ? { payload: letter.payload } : { fault: 'replayed' };
      },
    };
  }

  /** An entry of a durable stream. It has no date: it may wait for days. */
  sealRecord(stream: string, payload: string): string {
    return `${VERSION} ${sign(this.#recordKey, stream, '', payload)} ${payload}`;
  }

  openRecord(stream: string, text: string): Opened {
    const [version, signature, payload] = split(text, 2);
    if (version !== VERSION || signature === undefined || payload === undefined) return { fault: 'unsigned' };
    return isEqual(signature, sign(this.#recordKey, stream, '', payload)) ? { payload } : { fault: 'forged' };
  }

  #verified(channel: string, text: string): Letter | Fault {
    if (this.#last?.channel === channel && this.#last.text === text) return this.#last.letter;
    const letter = this.#verify(channel, text);
    this.#last = { channel, text, letter };
    return letter;
  }

  #verify(channel: string, text: string): Letter | Fault {
    const [version, sender, number, date, signature, payload] = split(text, 5);
    if (version !== VERSION || signature === undefined || payload === undefined) return 'unsigned';
    const head = `${sender} ${number} ${date}`;
    if (!isEqual(signature, sign(this.#messageKey, channel, head, payload))) return 'forged';
    return { sender: sender!, number: Number(number), date: Number(date), payload };
  }
}

interface Letter {
  sender: string;
  number: number;
  date: number;
  payload: string;
}

/** RFC 5869: one key for each use, so that no text of one use is a text of another. */
function derive(secret: string | Uint8Array, use: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', use, KEY_BYTES)));
}

/** HMAC-SHA-256. The length of the address separates it from the rest. */
function sign(key: KeyObject, address: string, head: string, payload: string): string {
  const text = `${VERSION} ${address.length} ${address} ${head} ${payload}`;
  return createHmac('sha256', key).update(text).digest('base64url');
}

/** The first `words` words, and the rest. */
function split(text: string, words: number): (string | undefined)[] {
  const parts: string[] = [];
  let start = 0;
  for (let word = 0; word < words; word += 1) {
    const end = text.indexOf(' ', start);
    if (end < 0 || end - start > LONGEST_WORD) return [];
    parts.push(text.slice(start, end));
    start = end + 1;
  }
  parts.push(text.slice(start));
  return parts;
}

/** Both are signatures as text: of one length, or different. */
function isEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * Raised when the form of messages changes: members of different versions drop each other's
 * messages.
 */
const VERSION = 'w1';

/** Bytes, as many as the output of HMAC-SHA-256 (RFC 2104 section 3). */
const KEY_BYTES = 32;

/** Characters: an id or a signature has about 40. */
const LONGEST_WORD = 100;

/**
 * Maximum difference in milliseconds between the date of a message and the receiver's clock: enough
 * for clocks kept by NTP, and for a Redis that stalls for some seconds.
 */
export const MESSAGE_LIFE = 30_000;
