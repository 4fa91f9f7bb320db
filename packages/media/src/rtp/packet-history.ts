// Hot path: no allocation per packet.
/** Which packets of one stream the store holds, by extended sequence number: a ring over the newest ones. */
export class PacketHistory {
  private readonly mask: number;
  private readonly sequences: Float64Array;
  readonly positions: Float64Array;
  readonly lengths: Int32Array;
  readonly timestamps: Int32Array;
  /** Of video: `packFrame` of its frame, and its extended picture id or -1. */
  readonly details: Int32Array;
  readonly pictures: Float64Array;

  /** `capacity` is a power of two. */
  constructor(capacity: number, hasFrames = false) {
    if ((capacity & (capacity - 1)) !== 0) throw new RangeError(`capacity ${capacity} is no power of two`);
    this.mask = capacity - 1;
    this.sequences = new Float64Array(capacity).fill(-1);
    this.positions = new Float64Array(capacity);
    this.lengths = new Int32Array(capacity);
    this.timestamps = new Int32Array(capacity);
    this.details = new Int32Array(hasFrames ? capacity : 0);
    this.pictures = new Float64Array(hasFrames ? capacity : 0);
  }

  get capacity(): number {
    return this.mask + 1;
  }

  put(sequence: number, position: number, length: number, timestamp: number, details = 0, picture = -1): void {
    const slot = sequence & this.mask;
    this.sequences[slot] = sequence;
    this.positions[slot] = position;
    this.lengths[slot] = length;
    this.timestamps[slot] = timestamp;
    if (this.details.length === 0) return;
    this.details[slot] = details;
    this.pictures[slot] = picture;
  }

  /** The slot of a packet, or -1. The caller asks the store whether the bytes are still there. */
  find(sequence: number): number {
    const slot = sequence & this.mask;
    return this.sequences[slot] === sequence ? slot : -1;
  }

  clear(): void {
    this.sequences.fill(-1);
  }
}
