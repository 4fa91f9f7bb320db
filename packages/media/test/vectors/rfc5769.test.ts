import { describe, expect, it } from 'vitest';
import { ADDRESS_BYTES } from '../../src/port/packet-port.js';
import { StunAttribute, StunType } from '../../src/stun/attributes.js';
import { StunBuilder } from '../../src/stun/build.js';
import { checkIntegrity, parseStun, type StunMessage } from '../../src/stun/parse.js';
import { hmacSha1 } from '../simulation/world.js';

const password = new TextEncoder().encode('VOkJxbRl1RmTxUk/WvJxBt');

/** RFC 5769 section 2.1. */
const request = bytes(`
  00010058 2112a442 b7e7a701bc34d686fa87dfae
  80220010 5354554e207465737420636c69656e74
  00240004 6e0001ff
  80290008 932ff9b151263b36
  00060009 6576746a3a68367659202020
  00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2
  80280004 e57a3bcf`);

/** RFC 5769 sections 2.2 and 2.3. */
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

describe('RFC 5769 vectors', () => {
  it('2.1: the request is read, and its integrity and fingerprint hold', () => {
    const message = parsed(request);
    expect(message).toMatchObject({
      type: StunType.BindingRequest,
      username: 'evtj:h6vY',
      priority: 0x6e0001ff,
      controlled: true,
      controlling: false,
      useCandidate: false,
      hasFingerprint: true,
      unknown: [],
    });
    expect(checkIntegrity(message, password, hmacSha1)).toBe(true);
    expect(checkIntegrity(message, new TextEncoder().encode('another'), hmacSha1)).toBe(false);
  });

  it.each([
    ['2.2', ipv4Response],
    ['2.3', ipv6Response],
  ])('%s: integrity and fingerprint of the response hold', (_section, response) => {
    const message = parsed(response);
    expect(message.type).toBe(StunType.BindingSuccess);
    expect(checkIntegrity(message, password, hmacSha1)).toBe(true);
  });

  it.each([
    ['2.2', ipv4Response, [4, 0, 0x80, 0x55, 192, 0, 2, 1]],
    ['2.3', ipv6Response, [6, 0, 0x80, 0x55, ...bytes('20010db8123456780011223344556677')]],
  ])('%s: XOR-MAPPED-ADDRESS is written as the response has it', (_section, response, address) => {
    const arena = new Uint8Array(512);
    arena.set(address, 256);
    const length = new StunBuilder(arena, 0)
      .begin(StunType.BindingSuccess, request, 8)
      .xorMappedAddress(arena, 256)
      .messageIntegrity(password, hmacSha1)
      .finish();
    expect(arena.slice(20, 20 + attribute(response).length)).toEqual(attribute(response));
    const written = parsed(arena.slice(0, length));
    expect(checkIntegrity(written, password, hmacSha1)).toBe(true);
    expect(address.length).toBeLessThanOrEqual(ADDRESS_BYTES);
  });

  it('a flipped bit anywhere is detected', () => {
    for (let i = 0; i < request.length; i++) {
      const damaged = request.slice();
      damaged[i] = damaged[i]! ^ 0x10;
      const message = parseStun(damaged);
      if (typeof message === 'string') continue;
      expect(message.hasFingerprint && checkIntegrity(message, password, hmacSha1)).toBe(false);
    }
  });
});

/** The XOR-MAPPED-ADDRESS attribute of a response: it follows SOFTWARE. */
function attribute(response: Uint8Array): Uint8Array {
  const at = 20 + 4 + 12;
  expect((response[at]! << 8) | response[at + 1]!).toBe(StunAttribute.XorMappedAddress);
  return response.slice(at, at + 4 + response[at + 3]!);
}

function parsed(message: Uint8Array): StunMessage {
  const result = parseStun(message);
  if (typeof result === 'string') throw new Error(result);
  return result;
}

function bytes(hexadecimal: string): Uint8Array {
  return Uint8Array.from(hexadecimal.replace(/\s/g, '').match(/../g)!, (pair) => Number.parseInt(pair, 16));
}
