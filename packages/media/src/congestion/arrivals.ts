// Hot path: no allocation per packet.

import { RtcpType, TransportFeedbackFormat } from '../rtcp/types.js';
import type { RtcpWriter } from '../rtcp/writer.js';
import { extendSequenceNumber, firstExtended } from '../rtp/sequence.js';

/**
 * Arrival times by transport-wide sequence number, and their feedback packets
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01). Without this feedback a browser's estimate
 * stays at its start value.
 */
export class TransportWideArrivals {
  /**
   * By slot, two numbers: the extended sequence number and its arrival time, milliseconds; -1
   * without an arrival.
   */
  private readonly records = new Float64Array(2 * WINDOW).fill(-1);
  private highest = -1;
  /** The first number of the next feedback. */
  private base = -1;
  private feedbackCount = 0;
  private readonly statuses = new Uint8Array(MAX_STATUSES);
  private readonly deltas = new Int32Array(MAX_STATUSES);

  /** Whether a feedback is pending. */
  get pending(): boolean {
    return this.highest >= 0 && this.base <= this.highest;
  }

  /** The time is read from the packet: as an argument it would be an object for each packet. */
  arrive(sequenceNumber: number, packet: { readonly arrivedAt: number }): void {
    let sequence: number;
    if (this.highest < 0) {
      sequence = firstExtended(sequenceNumber);
      this.highest = sequence;
      this.base = sequence;
    } else {
      sequence = extendSequenceNumber(this.highest, sequenceNumber);
      if (sequence > this.highest) this.highest = sequence;
      // Its slot already belongs to a newer number.
      else if (this.highest - sequence >= WINDOW) return;
      // A late packet was reported lost; the next feedback starts there again (as in libwebrtc),
      // unless it is too old.
      else if (sequence < this.base) {
        if (this.base - sequence > MAX_BACKTRACK || this.time(sequence) >= 0) return;
        this.base = sequence;
      }
    }
    const slot = sequence & (WINDOW - 1);
    this.records[2 * slot] = sequence;
    // A negative time means absent; a clock that has just begun may give one.
    this.records[2 * slot + 1] = Math.max(0, packet.arrivedAt);
  }

  /**
   * Writes one feedback packet of at most `maxBytes` (200 or more); call again until it answers
   * false (nothing pending).
   */
  write(writer: RtcpWriter, senderSsrc: number, mediaSsrc: number, maxBytes: number): boolean {
    if (this.highest - this.base >= WINDOW) this.base = this.highest - WINDOW + 1;
    // Losses are reported only together with an arrived packet, because time needs a reference.
    const first = this.nextArrived();
    if (first < 0) {
      this.base = this.highest + 1;
      return false;
    }
    if (first - this.base >= MAX_STATUSES) this.base = first;
    // The reference time is a multiple of 64 ms, 24 bits; deltas are multiples of 250 microseconds.
    const reference = Math.floor(this.time(first) / REFERENCE_MS);
    let previousTicks = reference * TICKS_PER_REFERENCE;
    let count = 0;
    let bytes = FIXED_BYTES;
    let sequence = this.base;
    for (; sequence <= this.highest && count < MAX_STATUSES; sequence++, count++) {
      // Not by `time`: V8 allocates an object for a returned fraction unless it inlines the method.
      const slot = 2 * (sequence & (WINDOW - 1));
      if (this.records[slot] !== sequence || this.records[slot + 1]! < 0) {
        this.statuses[count] = NOT_RECEIVED;
        continue;
      }
      const ticks = Math.round(this.records[slot + 1]! * TICKS_PER_MS);
      const delta = ticks - previousTicks;
      if (delta < -0x8000 || delta > 0x7fff) break;
      const size = delta >= 0 && delta <= 0xff ? 1 : 2;
      if (bytes + size + statusBytes(count + 1) + MAX_PADDING > maxBytes) break;
      bytes += size;
      this.statuses[count] = size;
      this.deltas[count] = delta;
      previousTicks = ticks;
    }
    // Losses at the end stay for the next feedback: the packets may still arrive.
    while (count > 0 && sequence <= this.highest && this.statuses[count - 1] === NOT_RECEIVED) {
      count--;
      sequence--;
    }
    if (count === 0) throw new Error('a transport-wide feedback without a packet');
    writer.begin(TransportFeedbackFormat.TransportWide, RtcpType.TransportFeedback);
    writer.put32(senderSsrc);
    writer.put32(mediaSsrc);
    writer.put16(this.base & 0xffff);
    writer.put16(count);
    writer.put8((reference >> 16) & 0xff);
    writer.put16(reference & 0xffff);
    writer.put8(this.feedbackCount++ & 0xff);
    this.writeStatuses(writer, count);
    for (let i = 0; i < count; i++) {
      if (this.statuses[i] === 1) writer.put8(this.deltas[i]!);
      else if (this.statuses[i] === 2) writer.put16(this.deltas[i]! & 0xffff);
    }
    writer.endPadded();
    this.base = sequence;
    return true;
  }

  /** Draft sections 3.1.3 (run length) and 3.1.4 (two-bit vector of seven). */
  private writeStatuses(writer: RtcpWriter, count: number): void {
    for (let at = 0; at < count; ) {
      const status = this.statuses[at]!;
      let run = 1;
      while (at + run < count && this.statuses[at + run] === status && run < MAX_RUN) run++;
      if (run >= 7 || at + run === count) {
        writer.put16((status << 13) | run);
        at += run;
        continue;
      }
      let chunk = 0xc000;
      for (let i = 0; i < 7; i++) chunk |= (at + i < count ? this.statuses[at + i]! : NOT_RECEIVED) << (12 - 2 * i);
      writer.put16(chunk);
      at += 7;
    }
  }

  private nextArrived(): number {
    for (let sequence = this.base; sequence <= this.highest; sequence++) if (this.time(sequence) >= 0) return sequence;
    return -1;
  }

  private time(sequence: number): number {
    const slot = sequence & (WINDOW - 1);
    return this.records[2 * slot] === sequence ? this.records[2 * slot + 1]! : -1;
  }
}

/**
 * The most bytes that `writeStatuses` writes: every chunk is two bytes, and all but the last cover
 * seven statuses or more.
 */
function statusBytes(count: number): number {
  return 2 * Math.ceil(count / 7);
}

const NOT_RECEIVED = 0;
const REFERENCE_MS = 64;
const TICKS_PER_MS = 4;
const TICKS_PER_REFERENCE = REFERENCE_MS * TICKS_PER_MS;
/**
 * Numbers remembered: 100 ms between feedbacks at 40,000 packets a second, and room for late ones.
 */
const WINDOW = 4096;
/** libwebrtc looks back half a second; at 1,000 packets a second that is about this many. */
const MAX_BACKTRACK = 512;
/** Packets in one feedback; with two bytes each it fits a datagram. */
const MAX_STATUSES = 512;
/** 13 bits of run length. */
const MAX_RUN = 0x1fff;
/** Header, both SSRCs, base, count, reference time, feedback count. */
const FIXED_BYTES = 20;
/** RTCP packets are whole words. */
const MAX_PADDING = 3;
