import { MediaNodeError, type MediaNodeErrorCode } from '../media-node.js';
import { type MediaCallName, type MediaNodeCalls, mediaCalls } from './media-calls.js';

/** The result of a call, as plain data: thrown errors do not survive a process boundary. */
export type CallOutcome = { ok: true; value: unknown } | { ok: false; code: MediaNodeErrorCode; message: string };

/**
 * Executes the call of a message on `node`. Never rejects, for any message: an exception that is no
 * refusal is answered with `internal-error` and reported to `failed`, so that one call cannot end
 * the process that serves all the others.
 */
export async function answerCall(
  node: MediaNodeCalls,
  name: string,
  args: unknown[],
  failed: (error: unknown) => void,
): Promise<CallOutcome> {
  if (!isMediaCall(name)) {
    return { ok: false, code: 'invalid-parameters', message: `there is no method ${String(name).slice(0, 64)}` };
  }
  if (!Array.isArray(args)) return { ok: false, code: 'invalid-parameters', message: 'arguments are missing' };
  // The engine, or a schema of the bus, validates the arguments.
  const calls = node as unknown as Record<MediaCallName, (...args: unknown[]) => Promise<unknown>>;
  try {
    return { ok: true, value: await calls[name](...args) };
  } catch (error) {
    if (error instanceof MediaNodeError) return { ok: false, code: error.code, message: error.message };
    failed(error);
    return { ok: false, code: 'internal-error', message: `${name} failed` };
  }
}

function isMediaCall(name: string): name is MediaCallName {
  return Object.hasOwn(mediaCalls, name);
}
