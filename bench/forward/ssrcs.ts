/** The SSRCs of publisher number `index`. */
export function videoSsrc(index: number): number {
  return 0x1000_0000 + index;
}

export function soundSsrc(index: number): number {
  return 0x2000_0000 + index;
}
