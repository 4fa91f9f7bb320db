/**
 * What receivers tell about the packets sent to them, from transport-wide feedback: counts only so far. The send-side
 * estimator, when it comes, stands beside this file and reads the same statuses.
 */
export class FeedbackCounts {
  acknowledged = 0;
  lost = 0;
  /** The receiver's last REMB, bits per second. */
  maximumBitrate = Number.POSITIVE_INFINITY;

  /** Reads the part after both SSRCs (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1). Answers false when malformed. */
  receive(bytes: Uint8Array, offset: number, length: number): boolean {
    if (length < 8) return false;
    const count = (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
    const end = offset + length;
    let at = offset + 8;
    let seen = 0;
    let acknowledged = 0;
    while (seen < count) {
      if (at + 2 > end) return false;
      const chunk = (bytes[at]! << 8) | bytes[at + 1]!;
      at += 2;
      if ((chunk & 0x8000) === 0) {
        const run = Math.min(chunk & 0x1fff, count - seen);
        if (run === 0) return false;
        if (isReceived((chunk >> 13) & 3)) acknowledged += run;
        seen += run;
      } else if (chunk & 0x4000) {
        for (let i = 0; i < 7 && seen < count; i++, seen++) if (isReceived((chunk >> (12 - 2 * i)) & 3)) acknowledged++;
      } else {
        for (let i = 0; i < 14 && seen < count; i++, seen++) if ((chunk >> (13 - i)) & 1) acknowledged++;
      }
    }
    this.acknowledged += acknowledged;
    this.lost += count - acknowledged;
    return true;
  }
}

/** Section 3.1.1: 1 small delta, 2 large or negative delta. */
function isReceived(status: number): boolean {
  return status === 1 || status === 2;
}
