import { Random } from '../../simulate/random.js';
import { GilbertLoss, type LossSpec } from './loss.js';

/** One direction of a line. Times are milliseconds. */
export interface LinkSpec {
  /** Bits per second; without it a packet takes no time on the line and none waits. */
  rate?: number;
  /**
   * The longest wait of a packet at the current rate; a packet with a longer one is dropped (tail
   * drop).
   */
  queue?: number;
  /** One way. */
  delay?: number;
  /** Standard deviation of a random addition to the delay; packets keep their order. */
  jitter?: number;
  loss?: LossSpec;
}

/**
 * From `at` on, counted from the begin of the schedule, these properties replace the previous ones.
 */
export interface Step extends LinkSpec {
  at: number;
}

/**
 * Receives the events of packets on a link. `waited` is the time in the queue, without the packet's
 * own time on the line.
 */
export interface LinkObserver {
  offered(bytes: number, now: number): void;
  dropped(bytes: number, now: number): void;
  lost(bytes: number, now: number): void;
  forwarded(bytes: number, waited: number, now: number): void;
}

/**
 * A queue, a line that takes a packet's bits at a rate, and a delay behind it. The line has a clock
 * of its own: the next packet begins at the end of the previous one, regardless of late calls of
 * `advance`, so that late timers cost no capacity.
 */
export class Link<P> {
  #spec: LinkSpec;
  readonly #steps: Step[];
  readonly #random: Random;
  #loss: GilbertLoss;
  readonly #waiting: { packet: P; bytes: number; arrived: number }[] = [];
  #waitingBytes = 0;
  /** The begin of the packet at the head, and its remaining bits at `#lineTime`. */
  #begun = 0;
  #bitsLeft = 0;
  #lineTime = 0;
  readonly #flying: { packet: P; due: number }[] = [];
  #lastDue = 0;
  #origin: number | undefined;

  constructor(
    spec: LinkSpec,
    private readonly options: {
      seed: number;
      steps?: readonly Step[];
      deliver(packet: P, now: number): void;
      observer?: LinkObserver;
    },
  ) {
    this.#spec = spec;
    this.#random = new Random(options.seed);
    this.#loss = new GilbertLoss(spec.loss ?? { share: 0 }, this.#random);
    this.#steps = [...(options.steps ?? [])].sort((a, b) => a.at - b.at);
  }

  /** Starts the schedule of steps. */
  begin(now: number): void {
    this.advance(now);
    this.#origin = now;
  }

  get rate(): number {
    return this.#spec.rate ?? Number.POSITIVE_INFINITY;
  }

  /** `bytes`: on the line, with the headers of lower layers. */
  send(packet: P, bytes: number, now: number): void {
    this.advance(now);
    const { observer } = this.options;
    observer?.offered(bytes, now);
    const limit = this.#spec.queue;
    if (limit !== undefined && this.#waiting.length > 0 && this.#waitingTime(bytes) > limit) {
      observer?.dropped(bytes, now);
      return;
    }
    this.#waiting.push({ packet, bytes, arrived: now });
    this.#waitingBytes += bytes;
    if (this.#waiting.length === 1) this.#start(now);
    this.advance(now);
  }

  /** The time of the next event; Infinity without one. */
  get nextEvent(): number {
    return Math.min(this.#lineEnd(), this.#flying[0]?.due ?? Number.POSITIVE_INFINITY, this.#nextStep());
  }

  advance(now: number): void {
    for (;;) {
      const [end, step] = [this.#lineEnd(), this.#nextStep()];
      const next = Math.min(end, step);
      if (next > now) break;
      this.#deliverUntil(next);
      if (step <= end) this.#takeStep(step);
      else this.#finish(end);
    }
    this.#deliverUntil(now);
  }

  /**
   * Milliseconds that a packet of `bytes` would wait for the packets before it, including the one
   * on the line.
   */
  #waitingTime(bytes: number): number {
    const head = this.#waiting[0]!;
    const bits = (this.#waitingBytes - head.bytes + bytes) * 8 + this.#bitsLeft;
    return (bits / this.rate) * 1000;
  }

  #start(at: number): void {
    this.#begun = at;
    this.#lineTime = at;
    this.#bitsLeft = this.#waiting[0]!.bytes * 8;
  }

  #lineEnd(): number {
    if (this.#waiting.length === 0) return Number.POSITIVE_INFINITY;
    return this.#lineTime + (this.#bitsLeft / this.rate) * 1000;
  }

  #finish(at: number): void {
    const { packet, bytes, arrived } = this.#waiting.shift()!;
    this.#waitingBytes -= bytes;
    const { observer } = this.options;
    if (this.#loss.next()) observer?.lost(bytes, at);
    else {
      observer?.forwarded(bytes, this.#begun - arrived, at);
      this.#lastDue = Math.max(this.#lastDue, at + this.#flight());
      this.#flying.push({ packet, due: this.#lastDue });
    }
    if (this.#waiting.length > 0) this.#start(at);
  }

  #flight(): number {
    const { delay = 0, jitter = 0 } = this.#spec;
    if (jitter === 0) return delay;
    // Truncated at three deviations, as in RFC 8868 section 4.5.2; the sum of twelve numbers is
    // close enough to a normal distribution.
    let sum = -6;
    for (let n = 0; n < 12; n += 1) sum += this.#random.next();
    return Math.max(0, delay + jitter * Math.min(3, Math.max(-3, sum)));
  }

  #nextStep(): number {
    const [step] = this.#steps;
    return step === undefined || this.#origin === undefined ? Number.POSITIVE_INFINITY : this.#origin + step.at;
  }

  /** Replaces the previous properties with these. */
  change(spec: LinkSpec, now: number): void {
    this.advance(now);
    this.#become(spec, now);
  }

  #takeStep(at: number): void {
    const { at: _, ...spec } = this.#steps.shift()!;
    this.#become(spec, at);
  }

  #become(spec: LinkSpec, at: number): void {
    if (this.#waiting.length > 0) {
      this.#bitsLeft -= ((at - this.#lineTime) * this.rate) / 1000;
      this.#lineTime = at;
    }
    this.#spec = { ...this.#spec, ...spec };
    if (spec.loss) this.#loss = new GilbertLoss(spec.loss, this.#random);
  }

  #deliverUntil(now: number): void {
    while (this.#flying.length > 0 && this.#flying[0]!.due <= now) {
      const { packet, due } = this.#flying.shift()!;
      this.options.deliver(packet, due);
    }
  }
}
