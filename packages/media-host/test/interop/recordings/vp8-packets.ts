import { Vp8RtpPayload } from 'werift';

export interface FramePart {
  payload: Buffer;
  marker: boolean;
}

/** Cuts a VP8 frame into RTP payloads with a 15-bit picture id (RFC 7741 section 4.2). */
export function packetizeVp8(frame: Buffer, pictureId: number): FramePart[] {
  const parts: FramePart[] = [];
  for (let at = 0; at < frame.length; at += LONGEST_PART) {
    const start = at === 0 ? 0x10 : 0;
    const descriptor = [0x80 | start, 0x80, 0x80 | ((pictureId >> 8) & 0x7f), pictureId & 0xff];
    parts.push({
      payload: Buffer.concat([Buffer.from(descriptor), frame.subarray(at, at + LONGEST_PART)]),
      marker: at + LONGEST_PART >= frame.length,
    });
  }
  return parts;
}

/** The payload without its descriptor, which a forwarder may rewrite. */
export function vp8Bytes(payload: Buffer): Buffer {
  return Vp8RtpPayload.deSerialize(payload).payload;
}

/** Whether the payload begins a key frame. */
export function beginsVp8KeyFrame(payload: Buffer): boolean {
  const { sBit, pid, payload: bytes } = Vp8RtpPayload.deSerialize(payload);
  return sBit === 1 && pid === 0 && (bytes[0]! & 1) === 0;
}

/** Width and height that a key frame states (RFC 6386 section 9.1). */
export function vp8Dimensions(payload: Buffer): { width: number; height: number } {
  const bytes = vp8Bytes(payload);
  return { width: bytes.readUInt16LE(6) & 0x3fff, height: bytes.readUInt16LE(8) & 0x3fff };
}

/** Leaves room for RTP header, extensions and authentication tag below an MTU of 1200 bytes. */
const LONGEST_PART = 1100;
