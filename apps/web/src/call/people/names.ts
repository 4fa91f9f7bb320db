import type { Call } from '@waterbus/client';
import { distinctNames } from './look-alikes.js';

/** The name to show for each participant in the call, by id. */
export function namesOf({ local, participants }: Pick<Call, 'local' | 'participants'>): Map<string, string> {
  return distinctNames([local, ...participants]);
}
