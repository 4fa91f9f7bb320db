import type { MediaNodeLoad, WorkerFigures } from '@waterbus/media-host';
import type { LabelledDistribution } from '@waterbus/telemetry';
import type { Drained } from '../moving/drain.js';
import { FULL } from '../placement/place.js';
import type { TurnUsage } from '../turn/turn-relay.js';

/** Totals since the start of this node, and its state. Plain data, for an exporter. */
export interface ServerWsFigures {
  /** Rooms with participants at home here, and these participants. */
  rooms: number;
  participants: number;
  sockets: number;
  socketsJoining: number;
  draining: boolean;
  drains: Partial<Record<Drained['outcome'], number>>;
  /** Publishers that relief asked to move off an overloaded media worker. */
  reliefMoves: Partial<Record<'requested' | 'failed', number>>;
  arrivals: LabelledDistribution<'kind' | 'outcome'>[];
  /** Each kind from the start, with zero. */
  refusals: Record<string, number>;
  turn: TurnUsage;
  httpParticipants: number;
  workers: WorkerReport[];
  workersLost: number;
}

/** One media worker of this process. */
export interface WorkerReport {
  place: number;
  /** The latest load report. */
  load: MediaNodeLoad;
  /** Its load for placement, 0-1 or more. */
  placementLoad: number;
  /** Undefined before its first report. */
  figures: WorkerFigures | undefined;
}

/** The load of the busiest worker, and the free share of what all workers may take, 0-1. */
export function capacityOf(workers: readonly Pick<WorkerReport, 'placementLoad'>[]): {
  highestLoad: number;
  headroom: number;
} {
  let highestLoad = 0;
  let free = 0;
  for (const { placementLoad } of workers) {
    highestLoad = Math.max(highestLoad, placementLoad);
    free += Math.max(0, FULL - placementLoad);
  }
  return { highestLoad, headroom: workers.length === 0 ? 0 : free / (FULL * workers.length) };
}
