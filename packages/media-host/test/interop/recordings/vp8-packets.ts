import { Vp8RtpPayload } from 'werift';

export interface FramePart {
  payload: Buffer;
  marker: boolean;
}

/**
 * Cuts a VP8 frame into RTP payloads with a 15-bit picture id (RFC 7741 section 4.2), as browsers
 * do: of one size, plus or minus a byte.
 */
export function packetizeVp8(frame: Buffer, pictureId: number): FramePart[] {
  const count = Math.ceil(frame.length / LONGEST_PART);
  return Array.from({ length: count }, (_, i) => {
    const part = frame.subarray(Math.floor((frame.length * i) / count), Math.floor((frame.length * (i + 1)) / count));
    const start = i === 0 ? 0x10 : 0;
    const descriptor = [0x80 | start, 0x80, 0x80 | ((pictureId >> 8) & 0x7f), pictureId & 0xff];
    return { payload: Buffer.concat([Buffer.from(descriptor), part]), marker: i === count - 1 };
  });
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
