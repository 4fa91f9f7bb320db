import { describe, expect, it } from 'vitest';
import { OutgoingPacket } from './outgoing-packet.js';
import { SEND_WORDS, SendFlag, SendWord } from './packet-port.js';
import { MAX_RTCP_BYTES, SendQueue } from './send-queue.js';

const packet = (fields: Partial<OutgoingPacket>) => Object.assign(new OutgoingPacket(), fields);

/** A port that records the number of descriptors in each flush. */
function queueOf(capacity: number, rtcpBytes = 2 * MAX_RTCP_BYTES) {
  const flushes: number[] = [];
  const faults: unknown[] = [];
  const port = {
    arena: new Uint8Array(10_000),
    sends: new Int32Array(capacity * SEND_WORDS),
    flush: (count: number) => flushes.push(count),
  };
  const queue = new SendQueue(port as never, 100, rtcpBytes, (error) => faults.push(error));
  return { queue, port, flushes, faults };
}

describe('SendQueue', () => {
  it('writes descriptors one after the other', () => {
    const { queue, port } = queueOf(4);
    const numbers = { sequenceNumber: 7, timestamp: -8, ssrc: -9, transportWide: 10, transportWideOffset: 17 };
    const media = { length: 100, payloadType: 96, ...numbers };
    queue.rtp(1, 2000, packet({ ...media, flags: SendFlag.Rtp }));
    const flags = SendFlag.Rtp | SendFlag.Rtx | SendFlag.Payload;
    const patch = { payloadPatch: (2 << 16) | 30, payloadLow: 5, payloadHigh: 6 };
    queue.rtp(1, 2000, packet({ ...media, ...patch, flags, originalSequenceNumber: 7 }));
    queue.beginRtcp().put32(1);
    expect(queue.endRtcp(3)).toBe(4);
    expect(queue.count).toBe(3);
    const [first, second, third] = [0, 1, 2].map((i) => port.sends.subarray(i * SEND_WORDS, (i + 1) * SEND_WORDS));
    expect([...first!.subarray(0, 10)]).toEqual([1, 2000, 100, SendFlag.Rtp, 96, 7, -8, -9, 10, 17]);
    expect(second![SendWord.Flags]).toBe(flags);
    expect(second![SendWord.OriginalSequenceNumber]).toBe(7);
    expect([...second!.subarray(SendWord.PayloadPatch, SendWord.PayloadHigh + 1)]).toEqual([(2 << 16) | 30, 5, 6]);
    expect([...third!.subarray(0, 4)]).toEqual([3, 100, 4, 0]);
  });

  it('flushes when it has no room for another descriptor', () => {
    const { queue, flushes } = queueOf(2);
    for (let i = 0; i < 5; i++) queue.rtp(1, 0, packet({ length: 10, sequenceNumber: i }));
    expect(flushes).toEqual([2, 2]);
    expect(queue.count).toBe(1);
  });

  it('flushes when RTCP has no room, and reuses its memory', () => {
    const { queue, flushes } = queueOf(10);
    for (let i = 0; i < 3; i++) {
      const writer = queue.beginRtcp();
      while (queue.rtcpRoom() >= 4) writer.put32(i);
      queue.endRtcp(1);
    }
    expect(flushes).toEqual([2]);
    expect(queue.count).toBe(1);
    queue.flush();
    expect(flushes).toEqual([2, 1]);
    queue.flush();
    expect(flushes).toEqual([2, 1]);
  });

  it('drops descriptors that a port refuses to flush, and continues', () => {
    const { queue, port, faults } = queueOf(2);
    const refusal = new RangeError('no such descriptor');
    port.flush = () => {
      throw refusal;
    };
    for (let i = 0; i < 3; i++) queue.rtp(1, 0, packet({ length: 10, sequenceNumber: i }));
    expect(faults).toEqual([refusal]);
    expect(queue.count).toBe(1);
  });

  it('refuses a compound packet that is too long, and reuses its memory', () => {
    const { queue } = queueOf(2);
    const writer = queue.beginRtcp();
    const { at } = writer;
    while (queue.rtcpRoom() >= 0) writer.put32(0);
    expect(() => queue.endRtcp(1)).toThrow('compound packet');
    expect([writer.at, queue.count]).toEqual([at, 0]);
  });

  it('adds nothing for a compound packet without content', () => {
    const { queue } = queueOf(2);
    queue.beginRtcp();
    expect(queue.endRtcp(1)).toBe(0);
    expect(queue.count).toBe(0);
  });
});
