import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  Attribute,
  BindingType,
  MessageClass,
  Method,
  parseStun,
  readXorAddress,
  xorAddressValue,
} from '../src/index.js';
import { StunWriter } from '../src/writer.js';
import { bytes, hmacs, parsed } from './messages.js';
import { ipv4Response, ipv6Response, longTermRequest, password, request } from './vectors.js';

const { sha1 } = hmacs;

describe('RFC 5769 vectors', () => {
  it('2.1: the request is read, and its integrity and fingerprint hold', () => {
    const message = parsed(request);
    expect([message.type, message.method, message.messageClass]).toEqual([
      BindingType.Request,
      Method.Binding,
      MessageClass.Request,
    ]);
    expect(message.value(Attribute.Username)).toEqual(new TextEncoder().encode('evtj:h6vY'));
    expect(message.value(Attribute.Priority)).toEqual(bytes('6e0001ff'));
    expect(message.find(Attribute.IceControlled)).toBeGreaterThan(0);
    expect(message.find(Attribute.IceControlling)).toBe(-1);
    expect(message.hasFingerprint).toBe(true);
    expect(message.integrityHolds('sha1', password, sha1)).toBe(true);
    expect(message.integrityHolds('sha1', new TextEncoder().encode('another'), sha1)).toBe(false);
    expect(message.integrityHolds('sha256', password, hmacs.sha256)).toBe(false);
  });

  it.each([
    ['2.2', ipv4Response, { address: '192.0.2.1', port: 32853 }],
    ['2.3', ipv6Response, { address: '2001:db8:1234:5678:11:2233:4455:6677', port: 32853 }],
  ])('%s: the response is authentic and its address is read and written', (_section, response, mapped) => {
    const message = parsed(response);
    expect([message.type, message.messageClass]).toEqual([BindingType.Success, MessageClass.Success]);
    expect(message.integrityHolds('sha1', password, sha1)).toBe(true);
    const value = message.value(Attribute.XorMappedAddress)!;
    expect(readXorAddress(value, message.transactionId)).toEqual(mapped);
    expect(xorAddressValue(mapped, message.transactionId)).toEqual(value);
  });

  it.each([
    ['2.2', ipv4Response, 'c0000201', 4],
    ['2.3', ipv6Response, '20010db8123456780011223344556677', 16],
  ] as const)('%s: the response is written in place as its vector has it', (_section, response, address, length) => {
    const memory = new Uint8Array(512).fill(0xff);
    memory.set(bytes(`8055${address}`), 256);
    const software = parsed(response).value(Attribute.Software)!;
    const written = new StunWriter(memory, 64)
      .begin(BindingType.Success, request, 8)
      .attribute(Attribute.Software, software)
      .xorAddress(Attribute.XorMappedAddress, memory, 256, length);
    // The vector pads SOFTWARE with a space; the writer pads with zero, and sums differ from there.
    const at = 20 + 4 + 12;
    expect(memory.slice(64 + at, 64 + at + 8 + length)).toEqual(response.slice(at, at + 8 + length));
    const end = written.integrity('sha1', password, sha1).fingerprint().finish();
    expect(end).toBe(response.length);
    expect(parsed(memory.slice(64, 64 + end)).integrityHolds('sha1', password, sha1)).toBe(true);
  });

  it('2.4: the integrity with long-term credentials holds', () => {
    const message = parsed(longTermRequest);
    const key = createHash('md5').update('マトリックス:example.org:TheMatrIX').digest();
    expect(message.integrityHolds('sha1', key, sha1)).toBe(true);
  });

  it('a message with an altered bit is refused, or not authentic', () => {
    for (let bit = 0; bit < request.length * 8; bit += 1) {
      const altered = request.slice();
      altered[bit >> 3]! ^= 1 << (bit & 7);
      const message = parseStun(altered);
      if (message) expect(message.hasFingerprint && message.integrityHolds('sha1', password, sha1)).toBe(false);
    }
  });
});
