/**
 * Parses a message from Redis, or returns undefined: other programs can write there too, so its
 * form is not guaranteed.
 */
export function readObject(text: unknown): Record<string, unknown> | undefined {
  const value = readJson(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

export function readJson(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** JSON, where undefined is null, since a missing text has no other meaning. */
export function writeJson(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}
