// Hot path: no allocation per packet.
import { SequenceMap } from '../rtp/sequence-map.js';
import type { ProducerStream } from './producer-stream.js';

/** An unbroken part of what a consumer sent: from one stream, with one shift of its timestamps. */
export class ForwardedRun {
  stream: ProducerStream | undefined;
  readonly numbers = new SequenceMap();
  /** Incoming numbers from here on belong to no run, or to a later one. */
  end = Number.POSITIVE_INFINITY;
  /** Outgoing timestamp = incoming - shift, in int32 arithmetic. */
  timestampShift = 0;

  start(stream: ProducerStream, from: number, out: number, timestampShift: number): void {
    this.stream = stream;
    this.numbers.start(from, out);
    this.end = Number.POSITIVE_INFINITY;
    this.timestampShift = timestampShift;
  }
}

/** The last runs of one consumer: packets come late, and NACKs ask for what was sent before a switch. */
export class ForwardedRuns {
  /** The newest last. */
  private readonly runs: ForwardedRun[] = [];

  /** A run to start; the oldest is reused. The run before ends below `previousEnd`. */
  next(previousEnd: number): ForwardedRun {
    const last = this.runs.at(-1);
    if (last) last.end = Math.min(last.end, previousEnd);
    const run = this.runs.length < MAX_RUNS ? new ForwardedRun() : this.runs.shift()!;
    this.runs.push(run);
    return run;
  }

  /** The run that has this number of the stream, the newest first. */
  withIncoming(stream: ProducerStream, incoming: number): ForwardedRun | undefined {
    for (let i = this.runs.length - 1; i >= 0; i--) {
      const run = this.runs[i]!;
      if (run.stream === stream && incoming >= run.numbers.from) return incoming < run.end ? run : undefined;
    }
    return undefined;
  }

  /** The run that gave this number, the newest first; `incoming` holds the stream's number then. */
  withOutgoing(outgoing: number): ForwardedRun | undefined {
    for (let i = this.runs.length - 1; i >= 0; i--) {
      const run = this.runs[i]!;
      const incoming = run.numbers.toIncoming(outgoing);
      if (incoming < 0) continue;
      this.incoming = incoming;
      return run.stream && incoming < run.end ? run : undefined;
    }
    return undefined;
  }

  incoming = -1;

  /** The stream's numbers mean something else from now on. */
  forget(stream: ProducerStream): void {
    for (const run of this.runs) if (run.stream === stream) run.stream = undefined;
  }
}

/** Switches within the second or so in which packets are sent again; each keeps its stream's history in memory. */
const MAX_RUNS = 4;
