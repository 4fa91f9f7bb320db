import type { MediaKind } from '@waterbus/media';
import { expect, vi } from 'vitest';
import type { RtpPacket } from 'werift';
import { beginsVp8KeyFrame, vp8Bytes, vp8Dimensions } from './recordings/vp8-packets.js';
import type { DecodedReception, PacketReception, Publication, Reception, SentPacket } from './stacks/participant.js';

/**
 * Waits until more than a second of sound and video has arrived, and checks that it equals the sent
 * media.
 */
export async function expectMediaOf(publication: Publication, reception: Reception): Promise<void> {
  if (reception.form === 'decoded') return expectDecoded(reception);
  await atLast(() => {
    expect(reception.packets.audio.length).toBeGreaterThan(SOUNDS);
    expect(reception.packets.video.length).toBeGreaterThan(FRAMES);
  });
  for (const kind of ['audio', 'video'] as const) expectUnbroken(reception.packets[kind]);
  expect(beginsVp8KeyFrame(reception.packets.video[0]!.payload)).toBe(true);
  if (publication.sent) {
    for (const kind of ['audio', 'video'] as const) expectSame(kind, publication.sent[kind], reception.packets[kind]);
  } else expectWholeFrames(reception);
}

/** Waits until a condition no longer throws. */
export async function atLast<T>(condition: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(condition, { timeout: DEADLINE, interval: 20 });
}

/** The sequence numbers rise by one, with one SSRC and one payload type only. */
export function expectUnbroken(packets: RtpPacket[]): void {
  const first = packets[0]!.header;
  packets.forEach(({ header }, i) => {
    expect(header.sequenceNumber).toBe((first.sequenceNumber + i) & 0xffff);
    expect(header.ssrc).toBe(first.ssrc);
    expect(header.payloadType).toBe(first.payloadType);
  });
}

/** Every byte, marker and timestamp step received was sent, in this order. */
export function expectSame(kind: MediaKind, sent: SentPacket[], received: RtpPacket[]): void {
  const bytes = kind === 'video' ? vp8Bytes : (payload: Buffer) => payload;
  const from = sent.findIndex((packet) => packet.payload.equals(received[0]!.payload));
  expect(from).not.toBe(-1);
  received.forEach(({ header, payload }, i) => {
    const original = sent[from + i]!;
    expect(bytes(payload).equals(bytes(original.payload))).toBe(true);
    expect(header.marker).toBe(original.marker);
    expect((header.timestamp - received[0]!.header.timestamp) >>> 0).toBe(
      (original.timestamp - sent[from]!.timestamp) >>> 0,
    );
  });
}

/** Frames of an encoder: each ends with a marker, and the next has another timestamp. */
function expectWholeFrames({ packets }: PacketReception): void {
  expect(vp8Dimensions(packets.video[0]!.payload)).toEqual(PICTURE);
  packets.video.slice(1).forEach(({ header }, i) => {
    const before = packets.video[i]!.header;
    expect(header.timestamp !== before.timestamp).toBe(before.marker);
  });
  // The configuration byte distinguishes Opus from noise: the encoder uses few of the 32 (RFC 6716
  // section 3.1).
  expect(new Set(packets.audio.map(({ payload }) => payload[0]! >> 3)).size).toBeLessThanOrEqual(4);
}

async function expectDecoded(reception: DecodedReception): Promise<void> {
  await atLast(() => {
    expect(reception.pictures.filter(isThePicture).length).toBeGreaterThan(FRAMES);
    expect(reception.sounds.filter(({ tone }) => tone > 0.9).length).toBeGreaterThan(SOUNDS);
  });
}

function isThePicture({ width, height, left, right }: DecodedReception['pictures'][number]): boolean {
  return width === PICTURE.width && height === PICTURE.height && Math.abs(left - 60) < 15 && Math.abs(right - 180) < 15;
}

const PICTURE = { width: 320, height: 240 };
/** A second of sound, and of video on the machine at its busiest. */
const SOUNDS = 60;
const FRAMES = 30;
/** Milliseconds; an operation takes 2 s. */
const DEADLINE = 15_000;
