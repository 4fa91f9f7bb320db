import { type Control, MediaError } from '@waterbus/media';
import { type MediaCallName, type MediaNodeCalls, mediaCallNames, mediaCalls } from '../calls/media-calls.js';
import { MediaNodeError } from '../media-node.js';
import type { Shell } from './shell.js';

/** Every call of the table, executed by the engine of this process. */
export function engineCalls(
  shell: Pick<Shell, 'control'>,
  called: (name: MediaCallName) => void = () => {},
): MediaNodeCalls {
  const calls = mediaCallNames.map((name) => [
    name,
    async (...args: unknown[]) => {
      called(name);
      const perform = mediaCalls[name].perform as (control: Control, ...args: unknown[]) => unknown;
      try {
        return shell.control((control) => perform(control, ...args));
      } catch (error) {
        if (error instanceof MediaError) throw new MediaNodeError(error.code, error.message);
        throw error;
      }
    },
  ]);
  return Object.fromEntries(calls) as MediaNodeCalls;
}
