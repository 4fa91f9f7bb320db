// Hot path: no allocation per packet.
/**
 * The list of packets missing from one received stream: which to request again, and when to give up
 * (RFC 4585 section 6.2.1).
 */
export class NackGenerator {
  private readonly missing = new Float64Array(MAX_MISSING);
  /** When to request it next, milliseconds. */
  private readonly askAt = new Float64Array(MAX_MISSING);
  private readonly tries = new Uint8Array(MAX_MISSING);
  private count = 0;
  /** Sequence numbers to request, filled by `collect`. */
  readonly due = new Float64Array(MAX_MISSING);
  /** Whether packets were given up since this was last cleared: a video then needs a key frame. */
  gaveUp = false;

  get pending(): number {
    return this.count;
  }

  /**
   * The numbers in (highest, sequence) did not arrive. They are requested at `firstAsk`, because
   * packets overtake each other. Answers whether there are any.
   */
  noteGap(highest: number, sequence: number, firstAsk: number): boolean {
    const gap = sequence - highest - 1;
    if (gap <= 0) return false;
    if (this.count + gap > MAX_MISSING) {
      // With so many missing, repair would be slower than a fresh start.
      this.count = 0;
      this.gaveUp = true;
      return true;
    }
    for (let missing = highest + 1; missing < sequence; missing++) {
      this.missing[this.count] = missing;
      this.askAt[this.count] = firstAsk;
      this.tries[this.count] = 0;
      this.count++;
    }
    return true;
  }

  /** A late or repaired packet arrived. Answers whether it had been requested. */
  noteArrival(sequence: number): boolean {
    for (let i = 0; i < this.count; i++) {
      if (this.missing[i] !== sequence) continue;
      const requested = this.tries[i]! > 0;
      this.remove(i);
      return requested;
    }
    return false;
  }

  /** Numbers below this one are not requested again: a key frame begins there. */
  forgetBefore(sequence: number): void {
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      if (this.missing[i]! >= sequence || this.tries[i] === 0) this.move(i, kept++);
    }
    this.count = kept;
  }

  clear(): void {
    this.count = 0;
    this.gaveUp = false;
  }

  /**
   * Puts the numbers to request now into `due`, ascending, and answers how many they are.
   * `interval` is milliseconds.
   */
  collect(now: number, interval: number): number {
    let due = 0;
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      if (this.askAt[i]! <= now) {
        if (this.tries[i]! >= MAX_TRIES) {
          this.gaveUp = true;
          continue;
        }
        this.tries[i] = this.tries[i]! + 1;
        // Four tries at the interval, then slower: a round trip longer than the interval must not use up the tries.
        this.askAt[i] = now + interval * (1 + (this.tries[i]! >> 2));
        this.due[due++] = this.missing[i]!;
      }
      this.move(i, kept++);
    }
    this.count = kept;
    return due;
  }

  /** When `collect` is due next. */
  nextAt(): number {
    let next = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.count; i++) next = Math.min(next, this.askAt[i]!);
    return next;
  }

  private remove(index: number): void {
    for (let i = index + 1; i < this.count; i++) this.move(i, i - 1);
    this.count--;
  }

  private move(from: number, to: number): void {
    if (from === to) return;
    this.missing[to] = this.missing[from]!;
    this.askAt[to] = this.askAt[from]!;
    this.tries[to] = this.tries[from]!;
  }
}

/** About a second of video at 2.5 Mbps; beyond that a key frame repairs faster. */
const MAX_MISSING = 256;
/** With 10 % loss each way, one packet in 17 million stays lost through ten tries. */
const MAX_TRIES = 10;
