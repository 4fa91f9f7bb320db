/** What a message from Redis says, or undefined: other programs can write there too, so nothing is taken for granted. */
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

/** JSON, where undefined is null, as nothing else is said by a missing text. */
export function writeJson(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}
