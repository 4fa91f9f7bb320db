import { readdirSync, readFileSync } from 'node:fs';
import { SeededRandom } from '@waterbus/media/testing/random';

const CAPTURES = new URL('../../../packet-io/test/captures/', import.meta.url);

/** The first DTLS datagrams of browsers, as captured on the wire. */
export const dtlsDatagrams: Buffer[] = readdirSync(CAPTURES)
  .filter((name) => name.startsWith('dtls-'))
  .map((name) => readFileSync(new URL(name, CAPTURES)));

/** Valid bytes, altered. Seeded: the same seed makes the same flood. */
export class HostileBytes {
  private readonly random: SeededRandom;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
  }

  /** 0 up to but not including `end`. */
  integer(end: number): number {
    return Math.floor(this.random.next() * end);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.integer(from.length)]!;
  }

  /** Random bytes, 1 to `longest` of them. */
  noise(longest: number): Buffer {
    const bytes = Buffer.alloc(1 + this.integer(longest));
    this.random.fill(bytes);
    return bytes;
  }

  /** Flips bits, replaces bytes by significant values, truncates or extends. */
  mutate(original: Uint8Array): Buffer {
    let bytes = Buffer.from(original);
    for (let left = this.integer(6); left >= 0 && bytes.length > 0; left -= 1) {
      const at = this.integer(bytes.length);
      switch (this.integer(5)) {
        case 0:
          bytes[at]! ^= 1 << this.integer(8);
          break;
        case 1:
          bytes[at] = this.pick([0, 1, 0x7f, 0x80, 0xfe, 0xff]);
          break;
        case 2:
          bytes = bytes.subarray(0, Math.max(1, at));
          break;
        case 3:
          bytes = Buffer.concat([bytes, this.noise(64)]);
          break;
        case 4:
          if (at + 2 <= bytes.length) bytes.writeUInt16BE(this.pick([0, 1, 0xff, 0x7fff, 0xfffc, 0xffff]), at);
          break;
      }
    }
    return bytes;
  }

  /**
   * RTP of an attacker in the call (RFC 3550 section 5.1): the right stream, all other fields
   * random.
   */
  rtp(ssrc: number): Buffer {
    const packet = Buffer.alloc(12 + this.integer(40));
    this.random.fill(packet);
    packet[0] = this.pick([0x80, 0x90, 0xa0, 0xb0, 0x8f, 0x9f]);
    packet[1] = this.pick([96, 96 | 0x80, 97, 111]);
    packet.writeUInt32BE(ssrc, 8);
    if (packet[0]! & 0x10 && packet.length >= 20) {
      packet.writeUInt16BE(this.pick([0xbede, 0x1000, this.integer(0x10000)]), 12);
      packet.writeUInt16BE(this.pick([0, 1, 2, 5, 0xffff]), 14);
    }
    return packet;
  }

  /**
   * A compound of reports and feedback of every kind, with lengths and counts that may be wrong
   * (RFC 3550, RFC 4585).
   */
  rtcp(ssrcs: readonly number[]): Buffer {
    const parts = Array.from({ length: 1 + this.integer(4) }, () => {
      const body = Buffer.alloc(4 * this.integer(12));
      this.random.fill(body);
      for (let at = 0; at + 4 <= body.length && at < 8; at += 4) body.writeUInt32BE(this.pick(ssrcs), at);
      const header = Buffer.alloc(4);
      header[0] = 0x80 | this.integer(32);
      header[1] = this.pick([200, 201, 202, 203, 204, 205, 206, 207]);
      header.writeUInt16BE(this.integer(20) === 0 ? this.integer(0x10000) : body.length / 4, 2);
      return Buffer.concat([header, body]);
    });
    return Buffer.concat(parts);
  }
}
