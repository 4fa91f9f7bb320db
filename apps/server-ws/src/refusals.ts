import { type Clock, Tally } from '@waterbus/cluster';
import type { Logger } from '@waterbus/media-host';

/** What a node refuses, drops or cuts off, by kind; its figures are part of the node's load. */
export type Refusal =
  /** A bus message that is not in the contract. */
  | 'busInvalid'
  /** A bus method that threw what is no refusal. */
  | 'busFailed';

export type Refusals = Tally<Refusal>;

export function countRefusals(clock: Clock, logger: Logger): Refusals {
  return new Tally(clock, logger, {
    busInvalid: 'a bus message is not in the contract and is refused',
    busFailed: 'a bus request failed',
  });
}
