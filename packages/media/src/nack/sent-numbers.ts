// Hot path: no allocation per packet.
/**
 * The transport-wide number and flags of the last packets of each stream to a receiver without RTX.
 * A lost packet is sent again bit for bit: SRTP must never protect two messages under one sequence
 * number. All streams share one array: separate arrays would take two more lines of the processor's
 * caches for each packet.
 */
export class SentNumbers {
  /** Bits of `SendFlag`, valid after a successful `find`. */
  flags = 0;
  /** By place, `SLOTS` each: sequence number, 8 bits of flags, 16 bits of transport-wide number. */
  private sent = new Float64Array(FIRST_STREAMS * SLOTS);
  private readonly free = Array.from({ length: FIRST_STREAMS }, (_, i) => i * SLOTS);

  /** Answers the place of a new stream. */
  open(): number {
    const place = this.free.pop() ?? this.grow();
    this.sent.fill(-1, place, place + SLOTS);
    return place;
  }

  /** The stream has ended: its place becomes free. */
  close(place: number): void {
    this.free.push(place);
  }

  note(place: number, sequenceNumber: number, transportWide: number, flags: number): void {
    this.sent[place + (sequenceNumber & (SLOTS - 1))] = sequenceNumber * 0x1000000 + flags * 0x10000 + transportWide;
  }

  /** -1 when the packet is too old to be remembered. */
  find(place: number, sequenceNumber: number): number {
    const sent = this.sent[place + (sequenceNumber & (SLOTS - 1))]!;
    if (sent < 0 || Math.floor(sent / 0x1000000) !== sequenceNumber) return -1;
    this.flags = Math.floor(sent / 0x10000) & 0xff;
    return sent % 0x10000;
  }

  private grow(): number {
    const { sent } = this;
    this.sent = new Float64Array(2 * sent.length);
    this.sent.set(sent);
    for (let place = sent.length + SLOTS; place < this.sent.length; place += SLOTS) this.free.push(place);
    return sent.length;
  }
}

/** As many packets as the packet plane remembers of a stream (`SentTags`): 2.5 s of sound. */
const SLOTS = 128;
/** A kilobyte each. */
const FIRST_STREAMS = 16;
