/**
 * Uniform in [0, 1), the same for the same words: the runs of a scenario do not depend on the other
 * scenarios.
 */
export function seededRandom(...words: (string | number)[]): () => number {
  let state = fnv1a(words.join('/'));
  // mulberry32: 32 bits of state suffice for the choice of targets.
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}
