import { bindingRequest } from '../simulation/stun-client.js';
import { writeRtcp, writeRtp } from '../simulation/wire.js';

/**
 * Endless hostile datagrams: noise, and well-formed packets with a few bytes changed, removed or
 * added. `next` returns a number from 0 up to but not including 1.
 */
export function* hostileDatagrams(random: { next(): number }): Generator<Uint8Array, never> {
  const integer = (below: number) => Math.floor(random.next() * below);
  const noise = (length: number) => Uint8Array.from({ length }, () => integer(256));
  for (;;) {
    switch (integer(6)) {
      case 0:
        yield noise(integer(1500));
        break;
      case 1: {
        // Noise after a first byte that is classified as STUN, DTLS, RTP or RTCP (RFC 7983).
        const bytes = noise(1 + integer(200));
        bytes[0] = [0, 22, 128, 144, 129][integer(5)]!;
        if (integer(2)) bytes[1] = 200 + integer(8);
        yield bytes;
        break;
      }
      default:
        yield mutate(SEEDS[integer(SEEDS.length)]!, integer);
    }
  }
}

/**
 * A packet with a few bytes changed, removed or added. `integer` returns a number from 0 up to but
 * not including `below`.
 */
export function mutate(seed: Uint8Array, integer: (below: number) => number): Uint8Array {
  let bytes = seed.slice();
  for (let changes = integer(4); changes >= 0; changes--) {
    if (bytes.length === 0) break;
    const at = integer(bytes.length);
    switch (integer(4)) {
      case 0:
        bytes[at] = integer(256);
        break;
      case 1:
        bytes[at] = bytes[at]! ^ (1 << integer(8));
        break;
      case 2:
        bytes = bytes.slice(0, at);
        break;
      default: {
        const longer = new Uint8Array(bytes.length + integer(32));
        longer.set(bytes);
        bytes = longer;
      }
    }
  }
  return bytes;
}

const SEEDS: Uint8Array[] = [
  bindingRequest({ username: 'someone:else', password: 'guess', useCandidate: true }),
  bindingRequest({ username: 'someone:else', extra: [{ type: 0x7777, value: new Uint8Array(9) }] }),
  writeRtp({
    payloadType: 96,
    marker: true,
    sequenceNumber: 1,
    timestamp: 2,
    ssrc: 11,
    extensions: new Map([
      [3, Uint8Array.of(0, 1)],
      [4, Uint8Array.of(0x31)],
    ]),
    payload: new Uint8Array(50).fill(0x90),
    padding: 9,
  }),
  writeRtp({
    payloadType: 97,
    marker: false,
    sequenceNumber: 9,
    timestamp: 2,
    ssrc: 22,
    extensions: new Map(),
    payload: Uint8Array.of(0, 1, 0x10, 0),
  }),
  writeRtcp(200, 1, [11, 1, 2, 3, 4, 5, 6, 0xff000001, 7, 8, 9, 10]),
  writeRtcp(201, 1, [11, 6, 0xff000001, 7, 8, 9, 10]),
  writeRtcp(202, 1, [11, 0x01026162, 0]),
  writeRtcp(203, 1, [11]),
  writeRtcp(205, 1, [1, 11, 0x0001ffff, 0x0100ffff]),
  writeRtcp(205, 15, [1, 11, 0x00010007, 0x00000100, 0x20070404, 0x04040404, 0x04000000]),
  writeRtcp(206, 1, [1, 11]),
  writeRtcp(206, 4, [1, 0, 11, 0x01000000]),
  writeRtcp(206, 15, [1, 0, 0x52454d42, 0x01050000, 11]),
  writeRtcp(207, 0, [11, 0x04000002, 1, 2]),
];
