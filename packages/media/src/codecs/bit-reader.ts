// Hot path: no allocation per packet.
/** Reads bits, the highest of a byte first. Past the end it reads zeros and sets `isOver`. */
export class BitReader {
  /** Bits read so far. */
  position = 0;
  isOver = false;
  private bytes: Uint8Array = NOTHING;
  private start = 0;
  private length = 0;

  /** Reads the `length` bytes at `start`. */
  open(bytes: Uint8Array, start: number, length: number): void {
    this.bytes = bytes;
    this.start = start;
    this.length = length;
    this.position = 0;
    this.isOver = false;
  }

  /** At most 24 bits. */
  read(count: number): number {
    if (this.position + count > this.length * 8) {
      this.isOver = true;
      this.position = this.length * 8;
      return 0;
    }
    let value = 0;
    for (let left = count; left > 0; ) {
      const bit = this.position & 7;
      const taken = Math.min(8 - bit, left);
      const byte = this.bytes[this.start + (this.position >> 3)]!;
      value = (value << taken) | ((byte >> (8 - bit - taken)) & ((1 << taken) - 1));
      this.position += taken;
      left -= taken;
    }
    return value;
  }

  skip(count: number): void {
    this.position += count;
    if (this.position > this.length * 8) {
      this.position = this.length * 8;
      this.isOver = true;
    }
  }

  /** AV1's non-symmetric number below `count`. */
  nonSymmetric(count: number): number {
    const width = 32 - Math.clz32(count);
    const short = (1 << width) - count;
    const value = this.read(width - 1);
    return value < short ? value : (value << 1) - short + this.read(1);
  }

  /** H.264's Exp-Golomb number; a number of more than 24 bits is malformed. */
  expGolomb(): number {
    let zeros = 0;
    while (!this.isOver && this.read(1) === 0) zeros++;
    if (this.isOver || zeros > 23) {
      this.isOver = true;
      return 0;
    }
    return (1 << zeros) - 1 + this.read(zeros);
  }
}

const NOTHING = new Uint8Array(0);
