import { MediaNodeError } from '../media-node.js';
import { type CallOutcome, type MediaNodeCalls, mediaNodeMethods } from './calls.js';

/** Does on `node` what a message asks for. Rejects only for what is no refusal: a broken invariant. */
export async function answerCall(node: MediaNodeCalls, method: string, args: unknown[]): Promise<CallOutcome> {
  if (!(mediaNodeMethods as readonly string[]).includes(method)) {
    return { ok: false, code: 'invalid-parameters', message: `there is no method ${method}` };
  }
  const call = (node as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[method]!;
  try {
    return { ok: true, value: await call.apply(node, args) };
  } catch (error) {
    if (!(error instanceof MediaNodeError)) throw error;
    return { ok: false, code: error.code, message: error.message };
  }
}
