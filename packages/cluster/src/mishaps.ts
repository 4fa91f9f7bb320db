import type { Clock } from './clock.js';
import { Tally } from './tally.js';

/** The kinds of dropped messages and survived failures of a member. */
export type Mishap =
  /** Data in Redis that are not a message of a member: no JSON, or of another shape. */
  | 'messagesInvalid'
  /**
   * A message whose signature is missing or wrong, that is too old, or that was received before.
   */
  | 'messagesForged'
  /** A listener that threw. */
  | 'listenersFailed'
  /** A request whose handler threw an error that is not a `CodedError`. */
  | 'requestsFailed';

export type Mishaps = Tally<Mishap>;

export function countMishaps(clock: Clock, logger: { warn(details: object, message: string): void }): Mishaps {
  return new Tally(clock, logger, {
    messagesInvalid: 'A message is not valid and is dropped',
    messagesForged: 'A message is not signed by a member and is dropped',
    listenersFailed: 'A listener failed',
    requestsFailed: 'A request failed',
  });
}

/** Calls a listener; its failure must neither keep others from being called nor end the process. */
export function surely(mishaps: Mishaps, what: string, call: () => void): void {
  try {
    call();
  } catch (error) {
    mishaps.count('listenersFailed', { what, error: String(error) });
  }
}
