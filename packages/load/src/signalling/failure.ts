/** A refusal or a fault with the server's code, or one of the tester's own. */
export class LoadFailure extends Error {
  constructor(
    readonly code: string,
    readonly detail?: string,
  ) {
    super(detail ? `${code}: ${detail}` : code);
  }
}

/** Of any error. */
export function failureOf(error: unknown): { code: string; detail?: string | undefined } {
  if (error instanceof LoadFailure) return error;
  const { code, message } = error as { code?: unknown; message?: string };
  return { code: typeof code === 'string' ? code : 'tester.failed', detail: message ?? String(error) };
}
