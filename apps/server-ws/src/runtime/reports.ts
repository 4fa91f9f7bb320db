import type { Clock, Cluster } from '@waterbus/cluster';
import type { Logger } from '@waterbus/media-host';
import type { MediaDirectory } from '../media/nodes/media-directory.js';
import type { Relief } from '../moving/relief.js';
import type { Moves } from '../participants/moves.js';
import type { Refusals } from '../refusals.js';
import type { Signalling } from '../sockets/signalling-server.js';
import type { TurnRelay } from '../turn/turn-relay.js';
import type { NodeLease } from './node-lease.js';

/** Each second: reads the loads of media nodes, and reports this node's state to the cluster. */
export class Reports {
  private stopTimer = () => {};

  constructor(
    private readonly node: {
      cluster: Cluster;
      clock: Clock;
      logger: Logger;
      lease: NodeLease;
      directory: MediaDirectory;
      relief: Relief;
      moves: Moves;
      signalling: Signalling;
      turn: TurnRelay;
      refusals: Refusals;
      /** Rooms with participants at home here, and these participants. */
      held: () => { rooms: number; participants: number };
    },
  ) {}

  start(): void {
    this.stopTimer = this.node.clock.after(REPORT_INTERVAL, () => {
      this.report().catch((error) => this.node.logger.warn({ error: String(error) }, 'load not reported'));
      this.start();
    });
  }

  stop(): void {
    this.stopTimer();
  }

  private async report(): Promise<void> {
    const { cluster, lease, directory, relief, moves, signalling, turn, refusals, held } = this.node;
    directory.readLoads();
    relief.interval();
    const figures = {
      ...{ ...refusals.figures(), ...cluster.mishaps(), ...signalling.figures(), ...turn.figures() },
      ...held(),
    };
    await Promise.all([directory.report(), lease.reportDraining(moves.draining), lease.reportFigures(figures)]);
  }
}

/** Milliseconds; the interval of the media nodes' figures. */
const REPORT_INTERVAL = 1000;
