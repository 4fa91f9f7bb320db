import { beginsStun, HEADER_BYTES, padding } from '@waterbus/stun';
import { CHANNEL_HEADER_BYTES, isChannel } from './channel-data.js';

/**
 * Splits a stream into STUN and ChannelData messages (RFC 8656 section 3.1 and 12.5). Holds at most
 * one incomplete message.
 */
export class FrameReader {
  private rest: Buffer = Buffer.alloc(0);

  /** `longest`: bytes of one message. */
  constructor(private readonly longest: number) {}

  /** Begins with an incomplete message. */
  get isHalf(): boolean {
    return this.rest.length > 0;
  }

  /** The messages that `chunk` completes; undefined when the stream is not one of TURN. */
  push(chunk: Buffer): Buffer[] | undefined {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const frames: Buffer[] = [];
    let offset = 0;
    for (;;) {
      const length = this.frameLength(bytes, offset);
      if (length === undefined) return undefined;
      if (length === INCOMPLETE || offset + length > bytes.length) break;
      frames.push(bytes.subarray(offset, offset + length));
      offset += length;
    }
    // A copy: the chunk that holds it is larger, and other messages in it are gone.
    this.rest = Buffer.from(bytes.subarray(offset));
    return frames;
  }

  private frameLength(bytes: Buffer, offset: number): number | undefined {
    if (bytes.length - offset < CHANNEL_HEADER_BYTES) return this.beginsWell(bytes, offset) ? INCOMPLETE : undefined;
    const content = bytes.readUInt16BE(offset + 2);
    if (bytes[offset]! <= 0x3f) {
      if (content % 4 !== 0 || HEADER_BYTES + content > this.longest) return undefined;
      const isStun = beginsStun(bytes, offset);
      if (isStun === undefined) return INCOMPLETE;
      return isStun ? HEADER_BYTES + content : undefined;
    }
    const length = CHANNEL_HEADER_BYTES + content;
    if (!isChannel(bytes.readUInt16BE(offset)) || length > this.longest) return undefined;
    return length + padding(length);
  }

  private beginsWell(bytes: Buffer, offset: number): boolean {
    return offset >= bytes.length || bytes[offset]! <= 0x7f;
  }
}

const INCOMPLETE = 0;
