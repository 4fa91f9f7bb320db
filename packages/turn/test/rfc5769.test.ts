import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readXorAddress, writeXorAddress } from '../src/stun/address.js';
import { Attribute, MessageClass, Method } from '../src/stun/constants.js';
import { integrityHolds } from '../src/stun/integrity.js';
import { attributeOf, type Message, parseMessage } from '../src/stun/message.js';
import { writeMessage } from '../src/stun/write.js';

const password = Buffer.from('VOkJxbRl1RmTxUk/WvJxBt');

const request = bytes(`
  00010058 2112a442 b7e7a701bc34d686fa87dfae
  80220010 5354554e207465737420636c69656e74
  00240004 6e0001ff
  80290008 932ff9b151263b36
  00060009 6576746a3a68367659202020
  00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2
  80280004 e57a3bcf`);
const ipv4Response = bytes(`
  0101003c 2112a442 b7e7a701bc34d686fa87dfae
  8022000b 7465737420766563746f7220
  00200008 0001a147e112a643
  00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7
  80280004 c07d4c96`);
const ipv6Response = bytes(`
  01010048 2112a442 b7e7a701bc34d686fa87dfae
  8022000b 7465737420766563746f7220
  00200014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9
  00080014 a382954e4be67bf11784c97c8292c275bfe3ed41
  80280004 c8fb0b4c`);
const longTermRequest = bytes(`
  00010060 2112a442 78ad3433c6ad72c029da412e
  00060012 e3839ee38388e383aae38383e382afe382b90000
  0015001c 662f2f3439396b39353464364f4c33346f4c39465354767936347341
  0014000b 6578616d706c652e6f726700
  00080014 f67024656dd64a3e02b8e0712e85c9a28ca89666`);

describe('RFC 5769 vectors', () => {
  it('2.1: the integrity and fingerprint of the request hold', () => {
    const message = parsed(request);
    expect([message.method, message.messageClass]).toEqual([Method.Binding, MessageClass.Request]);
    expect(integrityHolds(message, 'sha1', password)).toBe(true);
    expect(integrityHolds(message, 'sha1', Buffer.from('another'))).toBe(false);
  });

  it.each([
    ['2.2', ipv4Response, { address: '192.0.2.1', port: 32853 }],
    ['2.3', ipv6Response, { address: '2001:db8:1234:5678:11:2233:4455:6677', port: 32853 }],
  ] as const)('%s: the response is authentic and its address is read and written', (_section, response, mapped) => {
    const message = parsed(response);
    expect(message.messageClass).toBe(MessageClass.Success);
    expect(integrityHolds(message, 'sha1', password)).toBe(true);
    const value = attributeOf(message, Attribute.XorMappedAddress)!;
    expect(readXorAddress(value, message.transactionId)).toEqual(mapped);
    expect(writeXorAddress(mapped, message.transactionId)).toEqual(value);
  });

  it('2.4: the integrity with long-term credentials holds', () => {
    const message = parsed(longTermRequest);
    const key = createHash('md5').update('マトリックス:example.org:TheMatrIX').digest();
    expect(integrityHolds(message, 'sha1', key)).toBe(true);
  });

  it('a message with an altered bit is refused, or not authentic', () => {
    const signedBytes = request.length - FINGERPRINT_BYTES;
    for (let bit = 0; bit < signedBytes * 8; bit += 1) {
      const altered = Buffer.from(request);
      altered[bit >> 3]! ^= 1 << (bit & 7);
      const message = parseMessage(altered);
      if (message) expect(integrityHolds(message, 'sha1', password)).toBe(false);
    }
  });
});

describe('a written message', () => {
  it.each(['sha1', 'sha256'] as const)('is read back with integrity %s and fingerprint', (hash) => {
    const integrity = { hash, key: Buffer.from('key') };
    const message = parsed(
      writeMessage({
        method: Method.CreatePermission,
        messageClass: MessageClass.Error,
        transactionId: Buffer.from('0123456789ab'),
        attributes: [[Attribute.Realm, Buffer.from('seven b')]],
        integrity,
        fingerprint: true,
      }),
    );
    expect(message).toMatchObject({ method: Method.CreatePermission, messageClass: MessageClass.Error });
    expect(attributeOf(message, Attribute.Realm)?.toString()).toBe('seven b');
    expect(integrityHolds(message, hash, integrity.key)).toBe(true);
  });

  it('has no attribute after its integrity but those that may follow', () => {
    const signed = writeMessage({
      method: Method.Binding,
      messageClass: MessageClass.Request,
      transactionId: Buffer.from('0123456789ab'),
      attributes: [],
      integrity: { hash: 'sha1', key: Buffer.from('key') },
    });
    const forged = Buffer.concat([signed, Buffer.from([0, 6, 0, 4, 1, 2, 3, 4])]);
    forged.writeUInt16BE(forged.length - 20, 2);
    expect(attributeOf(parsed(forged), Attribute.Username)).toBeUndefined();
  });
});

const FINGERPRINT_BYTES = 8;

function parsed(text: Buffer): Message {
  const message = parseMessage(text);
  if (!message) throw new Error('not parsed');
  return message;
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex.replace(/\s/g, ''), 'hex');
}
