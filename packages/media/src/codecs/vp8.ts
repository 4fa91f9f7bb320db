// Hot path: no allocation per packet.
/** Whether this packet begins a VP8 key frame (RFC 7741 sections 4.2 and 4.3). */
export function beginsVp8KeyFrame(bytes: Uint8Array, offset: number, length: number): boolean {
  if (length < 1) return false;
  const first = bytes[offset]!;
  // Start of partition 0: S bit set and partition index 0.
  if ((first & 0x10) === 0 || (first & 0x07) !== 0) return false;
  let at = 1;
  if (first & 0x80) {
    if (length < 2) return false;
    const extension = bytes[offset + 1]!;
    at = 2;
    if (extension & 0x80) {
      if (length < 3) return false;
      at += bytes[offset + 2]! & 0x80 ? 2 : 1;
    }
    if (extension & 0x40) at++;
    if (extension & 0x30) at++;
  }
  // The payload header's inverse key frame flag: 0 is a key frame.
  return at < length && (bytes[offset + at]! & 0x01) === 0;
}
