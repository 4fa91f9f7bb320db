import { MediaNodeError } from '../media-node.js';
import { type CallOutcome, type MediaNodeCalls, mediaNodeMethods } from './media-calls.js';

/**
 * Executes the call of a message on `node`. Never rejects, for any message: an exception that is no
 * refusal is answered with `internal-error` and reported to `failed`, so that one call cannot end
 * the process that serves all the others.
 */
export async function answerCall(
  node: MediaNodeCalls,
  method: string,
  args: unknown[],
  failed: (error: unknown) => void,
): Promise<CallOutcome> {
  if (!(mediaNodeMethods as readonly string[]).includes(method)) {
    return { ok: false, code: 'invalid-parameters', message: `there is no method ${String(method).slice(0, 64)}` };
  }
  if (!Array.isArray(args)) return { ok: false, code: 'invalid-parameters', message: 'arguments are missing' };
  const call = (node as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[method]!;
  try {
    return { ok: true, value: await call.apply(node, args) };
  } catch (error) {
    if (error instanceof MediaNodeError) return { ok: false, code: error.code, message: error.message };
    failed(error);
    return { ok: false, code: 'internal-error', message: `${method} failed` };
  }
}
