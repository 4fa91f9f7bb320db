/** One line of `waterbus doctor`. */
export interface Finding {
  /** The examined part, such as `database`. */
  part: string;
  state: 'ok' | 'warn' | 'fail';
  message: string;
  /** The step that removes the fault. */
  remedy?: string;
}

export function ok(part: string, message: string): Finding {
  return { part, state: 'ok', message };
}

export function warn(part: string, message: string, remedy: string): Finding {
  return { part, state: 'warn', message, remedy };
}

export function fail(part: string, message: string, remedy: string): Finding {
  return { part, state: 'fail', message, remedy };
}

/** The sentence of an error, without a stack. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(reasonOf))].join('; ');
  const { message, code } = error as NodeJS.ErrnoException;
  return message || code || String(error);
}
