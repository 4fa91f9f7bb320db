// Hot path: no allocation per packet.
/**
 * The packets of one stream in the store, by extended sequence number: a ring over the newest ones.
 * The fields of a packet lie together, because hundreds of streams compete for the processor's
 * caches.
 */
export class PacketHistory {
  private readonly mask: number;
  private readonly words: number;
  private readonly records: Float64Array;

  /** `capacity` is a power of two. */
  constructor(
    capacity: number,
    private readonly hasFrames = false,
  ) {
    if ((capacity & (capacity - 1)) !== 0) throw new RangeError(`capacity ${capacity} is no power of two`);
    this.mask = capacity - 1;
    this.words = hasFrames ? Word.Picture + 1 : Word.Timestamp + 1;
    this.records = new Float64Array(capacity * this.words).fill(-1);
  }

  get capacity(): number {
    return this.mask + 1;
  }

  put(sequence: number, position: number, length: number, timestamp: number, details = 0, picture = -1): void {
    const { records } = this;
    const at = (sequence & this.mask) * this.words;
    records[at] = sequence;
    records[at + Word.Position] = position;
    records[at + Word.Length] = length;
    records[at + Word.Timestamp] = timestamp;
    if (!this.hasFrames) return;
    records[at + Word.Details] = details;
    records[at + Word.Picture] = picture;
  }

  /**
   * The slot of a packet, or -1. The caller checks with the store whether the bytes are still
   * there.
   */
  find(sequence: number): number {
    const slot = sequence & this.mask;
    return this.records[slot * this.words] === sequence ? slot : -1;
  }

  /** In the packet store. */
  position(slot: number): number {
    return this.records[slot * this.words + Word.Position]!;
  }

  length(slot: number): number {
    return this.records[slot * this.words + Word.Length]!;
  }

  /** As int32. */
  timestamp(slot: number): number {
    return this.records[slot * this.words + Word.Timestamp]! | 0;
  }

  /** `packFrame` of its frame; 0 for sound. */
  details(slot: number): number {
    return this.hasFrames ? this.records[slot * this.words + Word.Details]! | 0 : 0;
  }

  /** Its extended picture id, or -1. */
  picture(slot: number): number {
    return this.hasFrames ? this.records[slot * this.words + Word.Picture]! : -1;
  }

  clear(): void {
    this.records.fill(-1);
  }
}

/** Words of a record, after its sequence number. */
const Word = { Position: 1, Length: 2, Timestamp: 3, Details: 4, Picture: 5 } as const;
