import { type Clock, Tally } from '@waterbus/cluster';
import type { Logger } from '@waterbus/media-host';

/** Refusals, drops and cut-offs of a node, by kind; its figures are part of the node's load. */
export type Refusal =
  /** A bus message that violates the contract. */
  | 'busInvalid'
  /** A bus method that threw an error that is not a `CodedError`. */
  | 'busFailed'
  /** A socket that was refused for its origin or because there were too many. */
  | 'socketsRefused'
  /** A socket whose peer did not read its messages. */
  | 'socketsCut'
  /** A socket with too many requests. */
  | 'socketsLimited'
  /** A socket that did not join in time. */
  | 'socketsLate'
  /** A transport beyond a quota. */
  | 'transportsRefused'
  /** A client or request of TURN. */
  | 'turnRefused'
  /** A packet of TURN beyond the bandwidth of an account. */
  | 'turnDropped'
  /** A record of call quality: the stream was full or unreachable for too long. */
  | 'qualityDropped';

export type Refusals = Tally<Refusal>;

/** The log line of each kind. */
const SENTENCES: Record<Refusal, string> = {
  busInvalid: 'a bus message is not in the contract and is refused',
  busFailed: 'a bus request failed',
  socketsRefused: 'a socket is refused',
  socketsCut: 'a socket is cut off: its peer does not read',
  socketsLimited: 'a socket is closed: too many requests',
  transportsRefused: 'a transport is refused: too many on one account',
  turnRefused: 'a TURN client or request is refused',
  turnDropped: 'packets of TURN are dropped: beyond the bandwidth',
  qualityDropped: 'a record of call quality is dropped: its stream is full or unavailable',
  socketsLate: 'a socket is closed: it did not join in time',
};

export function countRefusals(clock: Clock, logger: Logger): Refusals {
  return new Tally(clock, logger, SENTENCES);
}

/** Zero of each kind: a counter that began with its first event would show no increase for it. */
export const NO_REFUSALS = Object.fromEntries(Object.keys(SENTENCES).map((kind) => [kind, 0])) as Record<
  Refusal,
  number
>;
