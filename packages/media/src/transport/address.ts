/** An address record of the port as text: `192.0.2.1:5000` or `[2001:db8::1]:5000`. */
export function addressText(bytes: Uint8Array, offset: number): string {
  const port = (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
  if (bytes[offset] !== 6) return `${[...bytes.subarray(offset + 4, offset + 8)].join('.')}:${port}`;
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(((bytes[offset + 4 + i]! << 8) | bytes[offset + 5 + i]!).toString(16));
  return `[${compress(groups)}]:${port}`;
}

/** RFC 5952 section 4.2: the longest run of zero groups becomes `::`. */
function compress(groups: string[]): string {
  let start = 0;
  let length = 0;
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && groups[i + run] === '0') run++;
    if (run > length) {
      start = i;
      length = run;
    }
  }
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}
