/**
 * Where in a request there is text that cannot be stored or sent on: NUL, which PostgreSQL refuses in every text, and half of a
 * surrogate pair, which is no character and would come back as another one. Keys count too. Undefined: nowhere. Takes values
 * that came as JSON: trees of objects, arrays and primitives.
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

/** The reason for whoever sent it. */
export const UNSTORABLE_TEXT = 'NUL and unpaired surrogates are not allowed';

const UNSTORABLE = /[\0\p{Surrogate}]/u;

/** Characters: names are the sender's. */
const LONGEST_PATH = 100;
