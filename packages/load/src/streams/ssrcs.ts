/** The SSRCs of publisher number `index`. */
export function videoSsrc(index: number, encoding = 0): number {
  return 0x1000_0000 + (encoding << 20) + index;
}

/** The SSRCs of its retransmissions. */
export function rtxSsrc(index: number, encoding = 0): number {
  return 0x3000_0000 + (encoding << 20) + index;
}

export function soundSsrc(index: number): number {
  return 0x2000_0000 + index;
}
