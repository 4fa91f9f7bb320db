/**
 * The path in a request to text that cannot be stored or forwarded: NUL, which PostgreSQL refuses
 * in every text, and half of a surrogate pair, which is no character and would be decoded as
 * another one. Keys count too. Undefined: none. Takes values parsed from JSON: trees of objects,
 * arrays and primitives.
 */
export function unstorableText(value: unknown): string | undefined {
  const waiting: { value: unknown; path: string }[] = [{ value, path: '' }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value: found, path } = next;
    if (typeof found === 'string' && UNSTORABLE.test(found)) return path;
    if (typeof found !== 'object' || found === null || ArrayBuffer.isView(found)) continue;
    for (const [key, below] of Object.entries(found)) {
      if (UNSTORABLE.test(key)) return path;
      waiting.push({ value: below, path: `${path}/${key}`.slice(0, LONGEST_PATH) });
    }
  }
  return undefined;
}

/** The reason in the error answer. */
export const UNSTORABLE_TEXT = 'NUL and unpaired surrogates are not allowed';

const UNSTORABLE = /[\0\p{Surrogate}]/u;

/** In characters: the sender chooses the names. */
const LONGEST_PATH = 100;
