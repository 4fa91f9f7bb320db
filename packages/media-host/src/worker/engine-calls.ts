import { type Control, MediaError } from '@waterbus/media';
import {
  type MediaCallName,
  type MediaNodeCalls,
  mediaCallNames,
  mediaCalls,
  type PipeCalls,
} from '../calls/media-calls.js';
import { MediaNodeError } from '../media-node.js';
import type { Shell } from './shell.js';

/** Every call of the table, executed by the engine and the pipes of this process. */
export function engineCalls(
  shell: Pick<Shell, 'control'>,
  called: (name: MediaCallName) => void = () => {},
  pipes: PipeCalls = noPipes,
): MediaNodeCalls {
  const calls = mediaCallNames.map((name) => [
    name,
    async (...args: unknown[]) => {
      called(name);
      const call = mediaCalls[name];
      const perform = call.perform as (target: Control | PipeCalls, ...args: unknown[]) => unknown;
      try {
        if ('of' in call) return perform(pipes, ...args);
        return shell.control((control) => perform(control, ...args));
      } catch (error) {
        if (error instanceof MediaError) throw new MediaNodeError(error.code, error.message);
        throw error;
      }
    },
  ]);
  return Object.fromEntries(calls) as MediaNodeCalls;
}

/** Of an engine without a worker process. */
const noPipes: PipeCalls = {
  openPipe: () => {
    throw new MediaNodeError('invalid-parameters', 'there are no pipes here');
  },
};
