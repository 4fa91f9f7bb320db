import { KeyFrameAllowance } from '../rtcp/key-frame-allowance.js';
import { FIRST_INTERVAL } from '../rtcp/key-frame-requests.js';
import type { ConsumerSource } from './consumer-source.js';
import type { ProducerStream } from './producer-stream.js';

/** The key frames that one receiver causes, within its allowance. */
export class ConsumerKeyFrames {
  /** By stream: switching to one must not use up the allowance for decoding another. */
  private readonly allowances: KeyFrameAllowance[] = [];

  constructor(private readonly source: ConsumerSource) {}

  /**
   * Requests a key frame of the stream at `index`, as soon as this receiver may cause one.
   * `isFirst`: it has had no packet yet.
   */
  request(index: number, isFirst: boolean, now: number): void {
    const allowance = this.allowance(index);
    const at = allowance.allowedAt(now);
    const changes =
      isFirst && at <= now ? this.source.requestFirstKeyFrame(index) : this.source.requestKeyFrame(index, at);
    if (changes) allowance.spend(at);
  }

  /** Requests one for a receiver that is about to connect. */
  requestAhead(index: number, stream: ProducerStream, now: number): void {
    const allowance = this.allowance(index);
    if (allowance.allowedAt(now) > now || now - stream.keyFrameAt <= FIRST_INTERVAL) return;
    if (this.source.requestFirstKeyFrame(index)) allowance.spend(now);
  }

  private allowance(index: number): KeyFrameAllowance {
    this.allowances[index] ??= new KeyFrameAllowance();
    return this.allowances[index];
  }
}
