import type { ForwardedRun } from './forwarded-run.js';
import type { ProducerStream } from './producer-stream.js';

/** Keeps one receiver's timestamps on a line over switches between a producer's streams. */
export class TimestampLine {
  /** The run's shift before the correction that keeps time from going back at a switch. */
  private aligned = 0;

  constructor(private readonly clockRate: number) {}

  /**
   * The timestamp shift of a run of `stream` that starts with `timestamp`, after the run `before`.
   * Both streams' sender reports show how far apart their timestamps are; without reports the
   * elapsed time does. `last`: the receiver's last timestamp; `elapsed`: milliseconds since.
   */
  shift(
    before: ForwardedRun | undefined,
    stream: ProducerStream,
    timestamp: number,
    last: number,
    elapsed: number,
  ): number {
    const old = before?.stream;
    if (old === stream) return before!.timestampShift;
    if (elapsed === Number.POSITIVE_INFINITY) return 0;
    const ticks = Math.max(1, Math.round((elapsed * this.clockRate) / 1000));
    if (old?.isMapped && stream.isMapped) {
      const apart = Math.round((stream.reportedAfter(old) * this.clockRate) / 1000);
      const aligned = (this.aligned + stream.reportTimestamp - old.reportTimestamp - apart) | 0;
      const step = (timestamp - aligned - last) | 0;
      if (Math.abs(step - ticks) < (MAX_MISALIGNMENT * this.clockRate) / 1000) {
        this.aligned = aligned;
        // The last forwarded picture may be of the same instant: timestamps must neither stand
        // still nor go back.
        return step > 0 ? aligned : (timestamp - last - 1) | 0;
      }
    }
    this.aligned = (timestamp - (last + ticks)) | 0;
    return this.aligned;
  }
}

/**
 * Milliseconds of difference between sender reports and clocks: more means a false report, or one
 * of another mapping.
 */
const MAX_MISALIGNMENT = 1000;
