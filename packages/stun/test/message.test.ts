import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Attribute,
  beginsStun,
  MessageClass,
  Method,
  parseStun,
  type StunMessage,
  writeMessage,
} from '../src/index.js';
import { hmacs, parsed } from './messages.js';
import { request } from './vectors.js';

const transactionId = new TextEncoder().encode('0123456789ab');
const key = new TextEncoder().encode('key');

describe('a written message', () => {
  it.each(['sha1', 'sha256'] as const)('is read back with integrity %s and fingerprint', (hash) => {
    const message = parsed(
      writeMessage({
        method: Method.CreatePermission,
        messageClass: MessageClass.Error,
        transactionId,
        attributes: [[Attribute.Realm, new TextEncoder().encode('seven b')]],
        integrity: { hash, key, hmac: hmacs[hash] },
        fingerprint: true,
      }),
    );
    expect([message.method, message.messageClass]).toEqual([Method.CreatePermission, MessageClass.Error]);
    expect(message.value(Attribute.Realm)).toEqual(new TextEncoder().encode('seven b'));
    expect(message.integrityHash).toBe(hash);
    expect(message.integrityHolds(hash, key, hmacs[hash])).toBe(true);
  });

  it('holds every method and class', () => {
    for (let method = 0; method < 0x1000; method += 1) {
      for (const messageClass of Object.values(MessageClass)) {
        const message = parsed(writeMessage({ method, messageClass, transactionId, attributes: [] }));
        expect([message.method, message.messageClass]).toEqual([method, messageClass]);
      }
    }
  });
});

describe('a received message', () => {
  it('has no attribute after its integrity but those that may follow', () => {
    const signed = signedBinding('sha1');
    const extra = [0, Attribute.Username, 0, 4, ...new TextEncoder().encode('evil')];
    const forged = withLength(Uint8Array.of(...signed, ...extra));
    expect(parsed(forged).integrityHolds('sha1', key, hmacs.sha1)).toBe(true);
    expect(parsed(forged).value(Attribute.Username)).toBeUndefined();
    expect(parsed(forged).unknown(new Set())).toEqual([]);
  });

  it.each([
    ['the second of two integrities', signedBinding('sha1'), integrityHeader(0x0008, 20), 'sha1'],
    ['MESSAGE-INTEGRITY after the one with SHA-256', signedBinding('sha256'), integrityHeader(0x0008, 20), 'sha256'],
  ] as const)('ignores %s', (_what, signed, extra, hash) => {
    const message = parsed(withLength(Uint8Array.of(...signed, ...extra)));
    expect(message.integrityHash).toBe(hash);
    expect(message.integrityHolds(hash, key, hmacs[hash])).toBe(true);
  });

  it.each([0, 4, 16, 18, 19, 24])('with a MESSAGE-INTEGRITY of %i bytes is not authentic', (length) => {
    const unsigned = writeMessage({ method: 1, messageClass: 0, transactionId, attributes: [] });
    const message = parsed(withLength(Uint8Array.of(...unsigned, ...integrityHeader(0x0008, length))));
    expect(message.integrityHolds('sha1', key, () => new Uint8Array(20))).toBe(false);
  });

  it('lists the attributes that its receiver must know and does not, at most sixteen', () => {
    const attributes = Array.from({ length: 40 }, (_, index) => [0x7000 + index, new Uint8Array(index)] as const);
    const message = parsed(writeMessage({ method: 1, messageClass: 0, transactionId, attributes }));
    expect(message.unknown(new Set([0x7001]))).toEqual([0x7000, ...range(0x7002, 15)]);
    expect(message.value(0x7027)).toHaveLength(39);
  });

  it.each([request.slice(), Buffer.from(request)])('has its bytes unchanged by checks', (copy) => {
    parsed(copy).integrityHolds('sha1', key, hmacs.sha1);
    expect(Uint8Array.from(copy)).toEqual(request);
  });
});

describe('any bytes', () => {
  it('are refused, or read inside the message', () => {
    const any = fc.uint8Array({ maxLength: 200 });
    const nearly = fc.array(fc.tuple(fc.nat(request.length - 1), fc.nat(255)), { maxLength: 6 }).map((changes) => {
      const bytes = request.slice();
      for (const [at, value] of changes) bytes[at] = value;
      // Without FINGERPRINT, which would refuse nearly all of them.
      return withLength(bytes.subarray(0, request.length - 8));
    });
    fc.assert(
      fc.property(fc.oneof(any, nearly), (bytes) => check(bytes)),
      { numRuns: 5000 },
    );
  });

  it('begin STUN, or do not, as soon as it is certain', () => {
    for (let length = 0; length < 8; length += 1) {
      expect(beginsStun(request.subarray(0, length))).toBe(undefined);
    }
    expect(beginsStun(request.subarray(0, 8))).toBe(true);
    expect(beginsStun(new TextEncoder().encode('G'))).toBe(false);
    expect(beginsStun(Uint8Array.of(0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x43))).toBe(false);
  });
});

function check(bytes: Uint8Array): void {
  const message = parseStun(bytes);
  if (!message) return;
  expect(beginsStun(bytes)).toBe(true);
  message.integrityHolds('sha1', key, hmacs.sha1);
  message.integrityHolds('sha256', key, hmacs.sha256);
  message.unknown(new Set());
  for (const type of Object.values(Attribute)) inside(message, type);
}

function inside(message: StunMessage, type: number): void {
  for (const value of [message.value(type), ...message.values(type)]) {
    if (!value) continue;
    expect(value.byteOffset - message.bytes.byteOffset).toBeGreaterThanOrEqual(24);
    expect(value.byteOffset + value.length).toBeLessThanOrEqual(message.bytes.byteOffset + message.bytes.length);
  }
}

function signedBinding(hash: 'sha1' | 'sha256'): Uint8Array {
  const integrity = { hash, key, hmac: hmacs[hash] };
  return writeMessage({ method: 1, messageClass: 0, transactionId, attributes: [], integrity });
}

function integrityHeader(type: number, length: number): number[] {
  return [type >> 8, type & 0xff, 0, length, ...new Array<number>((length + 3) & ~3).fill(7)];
}

/** A copy whose length field counts all of its bytes. */
function withLength(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[2] = (copy.length - 20) >> 8;
  copy[3] = (copy.length - 20) & 0xff;
  return copy;
}

function range(start: number, length: number): number[] {
  return Array.from({ length }, (_, index) => start + index);
}
