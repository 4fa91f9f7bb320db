// Hot path: no allocation per packet.

/** The blocks of one RED payload (RFC 2198 section 3), reused for every packet. The last one is the primary. */
export class RedundantBlocks {
  count = 0;
  readonly payloadTypes = new Uint8Array(MAX_BLOCKS);
  /** How much older than the packet's timestamp a block is; 0 for the primary. */
  readonly timestampOffsets = new Int32Array(MAX_BLOCKS);
  /** Offsets in the parsed bytes. */
  readonly offsets = new Int32Array(MAX_BLOCKS);
  readonly lengths = new Int32Array(MAX_BLOCKS);

  /** Answers whether these bytes are a RED payload; if not, the fields are meaningless. */
  parse(bytes: Uint8Array, offset: number, length: number): boolean {
    const end = offset + length;
    let at = offset;
    let count = 0;
    let redundant = 0;
    for (;;) {
      if (at >= end || count === MAX_BLOCKS) return false;
      this.payloadTypes[count] = bytes[at]! & 0x7f;
      if ((bytes[at]! & FOLLOWS) === 0) break;
      if (at + REDUNDANT_HEADER > end) return false;
      this.timestampOffsets[count] = (bytes[at + 1]! << 6) | (bytes[at + 2]! >> 2);
      this.lengths[count] = ((bytes[at + 2]! & 3) << 8) | bytes[at + 3]!;
      redundant += this.lengths[count]!;
      count++;
      at += REDUNDANT_HEADER;
    }
    at++;
    if (at + redundant > end) return false;
    for (let i = 0; i < count; i++) {
      this.offsets[i] = at;
      at += this.lengths[i]!;
    }
    this.timestampOffsets[count] = 0;
    this.offsets[count] = at;
    this.lengths[count] = end - at;
    this.count = count + 1;
    return true;
  }
}

/** The bit that marks another block header after this one. */
export const FOLLOWS = 0x80;
/** Bytes of a redundant block's header, and of the primary's. */
export const REDUNDANT_HEADER = 4;
export const PRIMARY_HEADER = 1;
/** The largest values of the fields of a redundant block's header. */
export const MAX_TIMESTAMP_OFFSET = 0x3fff;
export const MAX_BLOCK_BYTES = 0x3ff;
/** Browsers send one or two redundant blocks and never more than four. */
const MAX_BLOCKS = 5;
