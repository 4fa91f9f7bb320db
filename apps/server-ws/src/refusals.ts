import { type Clock, Tally } from '@waterbus/cluster';
import type { Logger } from '@waterbus/media-host';

/** What a node refuses, drops or cuts off, by kind; its figures are part of the node's load. */
export type Refusal =
  /** A bus message that is not in the contract. */
  | 'busInvalid'
  /** A bus method that threw what is no refusal. */
  | 'busFailed'
  /** A socket that was not let in, by its origin or because there were too many. */
  | 'socketsRefused'
  /** A socket whose peer did not read what it was sent. */
  | 'socketsCut'
  /** A socket that asked too much. */
  | 'socketsLimited'
  /** A socket that did not join in time. */
  | 'socketsLate'
  /** A transport beyond a quota. */
  | 'transportsRefused';

export type Refusals = Tally<Refusal>;

export function countRefusals(clock: Clock, logger: Logger): Refusals {
  return new Tally(clock, logger, {
    busInvalid: 'a bus message is not in the contract and is refused',
    busFailed: 'a bus request failed',
    socketsRefused: 'a socket is refused',
    socketsCut: 'a socket is cut off: its peer does not read',
    socketsLimited: 'a socket is closed: too many requests',
    transportsRefused: 'a transport is refused: too many on one account',
    socketsLate: 'a socket is closed: it did not join in time',
  });
}
