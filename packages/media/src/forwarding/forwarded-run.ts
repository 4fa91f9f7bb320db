// Hot path: no allocation per packet.
import {
  baseLayerIndexOf,
  baseLayerIndexOffset,
  hasBaseLayerIndex,
  hasLongPicture,
  hasPicture,
  pictureOffset,
} from '../codecs/frame-details.js';
import type { OutgoingPacket } from '../port/outgoing-packet.js';
import { SendFlag } from '../port/packet-port.js';
import { SequenceMap } from '../rtp/sequence-map.js';
import type { ProducerStream } from './producer-stream.js';

/**
 * An unbroken part of a consumer's packets: from one stream, with one timestamp shift. It is the
 * map of its own sequence numbers, because each packet of hundreds of receivers takes it into the
 * processor's caches: one object, not two.
 */
export class ForwardedRun extends SequenceMap {
  stream: ProducerStream | undefined;
  /** Incoming numbers from here on belong to no run, or to a later one. */
  end = Number.POSITIVE_INFINITY;
  /** Outgoing timestamp = incoming - shift, in int32 arithmetic. */
  timestampShift = 0;
  /** Maps picture ids to the receiver's; unused while `highestPicture` is negative. */
  readonly pictures = new SequenceMap();
  highestPicture = -1;
  /** TL0PICIDX of the newest packet that has one; the receiver's is lower by the shift. */
  lastBase = -1;
  baseShift = 0;
  /** AV1: subtracted from frame numbers for the receiver, modulo 2^16. */
  frameShift = 0;

  begin(stream: ProducerStream, from: number, out: number, timestampShift: number): void {
    this.stream = stream;
    this.start(from, out);
    this.end = Number.POSITIVE_INFINITY;
    this.timestampShift = timestampShift;
    this.highestPicture = this.lastBase = -1;
    this.baseShift = 0;
    this.frameShift = 0;
  }

  /**
   * `number`: the frame with which it begins; `last`: the last one of the run before, -1 for none.
   * Numbers have 16 bits: after a pause of six minutes those of 90 frames a second would seem to go
   * back, and receivers drop key frames from before the last one.
   */
  startFrames(number: number, last: number, before: ForwardedRun | undefined): void {
    if (!before || last < 0) return;
    this.frameShift = before.frameShift;
    const lastSent = last - before.frameShift;
    if (((number - this.frameShift - lastSent) << 16) >> 16 <= 0) this.frameShift = (number - lastSent - 1) & 0xffff;
  }

  /**
   * `picture`: the picture with which it begins; `base`: its index of the base layer (-1 without).
   * The receiver's continue from those of the run before.
   */
  startPictures(picture: number, base: number, before: ForwardedRun | undefined): void {
    this.highestPicture = picture;
    this.lastBase = base;
    if (!before || before.highestPicture < 0) this.pictures.start(picture, picture);
    else if (before.stream === this.stream) {
      this.pictures.start(picture, picture - before.pictures.shift);
      this.baseShift = before.baseShift;
    } else {
      this.pictures.start(picture, before.highestPicture - before.pictures.shift + 1);
      if (base >= 0 && before.lastBase >= 0) this.baseShift = (base - (before.lastBase - before.baseShift + 1)) & 0xff;
    }
  }

  /** Whether the receiver's picture ids differ from the stream's. */
  get changesPictures(): boolean {
    return this.highestPicture >= 0 && (this.pictures.shift !== 0 || this.baseShift !== 0);
  }

  /** The stream's newest packet, a part of this picture, is forwarded. */
  took(picture: number, base: number): void {
    if (picture > this.highestPicture) this.highestPicture = picture;
    if (base >= 0) this.lastBase = base;
  }

  /** The stream's newest picture is left out: the receiver's ids close over it. */
  leaveOutPicture(picture: number): void {
    if (this.highestPicture < 0 || picture <= this.highestPicture) return;
    this.pictures.skip(picture);
    this.highestPicture = picture;
  }

  /**
   * Replaces picture id and index of the base layer in a packet whose payload begins at `payload`
   * of `arena`. Answers false when the picture was left out.
   */
  patchPicture(
    packet: OutgoingPacket,
    details: number,
    picture: number,
    arena: Uint8Array,
    payload: number,
    header: number,
  ): boolean {
    if (!hasPicture(details)) return true;
    const outgoing = this.pictures.toOutgoing(picture);
    if (outgoing < 0) return false;
    const from = pictureOffset(details);
    let low: number;
    let high = 0;
    let length = 1;
    if (hasLongPicture(details)) {
      low = 0x80 | ((outgoing >> 8) & 0x7f) | ((outgoing & 0xff) << 8);
      length = 2;
    } else low = outgoing & 0x7f;
    if (hasBaseLayerIndex(details)) {
      const end = baseLayerIndexOffset(details) - from;
      // VP9 has its layers between the two.
      for (; length < end; length++) low |= arena[payload + from + length]! << (8 * length);
      const base = (baseLayerIndexOf(details) - this.baseShift) & 0xff;
      if (length < 4) low |= base << (8 * length);
      else high = base;
      length++;
    }
    packet.flags |= SendFlag.Payload;
    packet.payloadPatch = (length << 16) | (header + from);
    packet.payloadLow = low;
    packet.payloadHigh = high;
    return true;
  }
}

/**
 * The last runs of one consumer: packets arrive late, and NACKs request packets from before a
 * switch.
 */
export class ForwardedRuns {
  /** The newest last. */
  private readonly runs: ForwardedRun[] = [];

  /** Starts a run; the oldest object is reused. The run before ends below `previousEnd`. */
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
      if (run.stream === stream && incoming >= run.from) return incoming < run.end ? run : undefined;
    }
    return undefined;
  }

  /** The end of this stream's ended runs; 0 when there is none. */
  endOf(stream: ProducerStream): number {
    let end = 0;
    for (const run of this.runs)
      if (run.stream === stream && run.end !== Number.POSITIVE_INFINITY) end = Math.max(end, run.end);
    return end;
  }

  /**
   * The run that assigned this number, the newest first; `incoming` then holds the stream's number.
   */
  withOutgoing(outgoing: number): ForwardedRun | undefined {
    for (let i = this.runs.length - 1; i >= 0; i--) {
      const run = this.runs[i]!;
      const incoming = run.toIncoming(outgoing);
      if (incoming < 0) continue;
      this.incoming = incoming;
      return run.stream && incoming < run.end ? run : undefined;
    }
    return undefined;
  }

  incoming = -1;

  /** The stream's numbers have restarted: old ones have no meaning. */
  forget(stream: ProducerStream): void {
    for (const run of this.runs) if (run.stream === stream) run.stream = undefined;
  }
}

/**
 * Switches within the second or so in which packets are retransmitted; each keeps its stream's
 * history in memory.
 */
const MAX_RUNS = 4;
