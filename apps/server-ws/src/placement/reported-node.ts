import { engineLimits } from '@waterbus/media-host';
import { type Candidate, LISTENER_COST, placementHash } from './place.js';

/** The fields of a media node's report that placement uses. */
export interface Report {
  /** Share of its core in the last second, 0-1. */
  cpu: number;
  consumers: number;
  transports?: number;
}

/**
 * A candidate by its reports, with the load that they cannot contain yet: consumers that are so new
 * that their packets are not in `cpu`, and publishers that this Server WS has placed there since.
 * Double counting in these seconds errs towards full.
 */
export class ReportedNode implements Candidate {
  readonly hash: number;
  draining = false;
  load = 0;
  exhausted = false;
  private cpu = 0;
  private growth = 0;
  /** At the last reports, the oldest first. */
  private readonly consumers: number[] = [];
  /** The cost of the placements after each of the last reports. */
  private readonly placed: number[] = [0];

  constructor(
    readonly id: string,
    readonly local: boolean,
  ) {
    this.hash = placementHash(id);
  }

  /** Without this server's placements: the publishers may not have connected yet. */
  get reported(): number {
    return this.cpu + this.growth;
  }

  /** Until servers that detect it at different moments have all had the same time to do so. */
  get fresh(): boolean {
    return this.consumers.length <= SETTLED_AFTER;
  }

  report({ cpu, consumers, transports = 0 }: Report): void {
    this.exhausted = transports >= FULL_OF_TRANSPORTS;
    this.consumers.push(consumers);
    if (this.consumers.length > SETTLED_AFTER + 1) this.consumers.shift();
    this.placed.push(0);
    if (this.placed.length > SETTLED_AFTER) this.placed.shift();
    this.cpu = cpu;
    let least = consumers;
    for (const before of this.consumers) if (before < least) least = before;
    this.growth = (consumers - least) * CONSUMER_COST;
    this.sum();
  }

  /** Counts a publisher of this cost that is about to publish there. */
  expect(cost: number): void {
    this.placed[this.placed.length - 1]! += cost;
    this.sum();
  }

  private sum(): void {
    this.load = this.reported;
    for (const cost of this.placed) this.load += cost;
  }
}

/** Half of a listener, who consumes a microphone and a camera of a publisher. */
const CONSUMER_COST = LISTENER_COST / 2;

/**
 * Reports, one a second: a transport takes up to a second to connect, its first picture another,
 * and `cpu` covers the last second.
 */
const SETTLED_AFTER = 3;

/**
 * A media node with so many transports accepts no newcomers: the rest is for participants in its
 * rooms that reconnect.
 */
export const FULL_OF_TRANSPORTS = Math.floor(engineLimits.transports * 0.9);
