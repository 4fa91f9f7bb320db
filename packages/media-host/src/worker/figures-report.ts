import type { ConnectionQuality, PathFigures } from '@waterbus/media';
import { Histogram } from '@waterbus/telemetry';
import type { WorkerFigures } from '../media-node.js';
import { DELAY_BOUNDS } from './delay-bounds.js';
import type { Pipes } from './pipes/pipes.js';
import type { Shell } from './shell.js';

/** Collects the figures of a worker in intervals: packets cost nothing here. */
export class FiguresReport {
  private readonly eventLoopDelay = new Histogram(DELAY_BOUNDS);
  private readonly roundTripTime = new Histogram(ROUND_TRIP_BOUNDS);
  private readonly availableBandwidth = new Histogram(BANDWIDTH_BOUNDS);
  private readonly receivedLoss = new Histogram(LOSS_BOUNDS);
  private readonly sentLoss = new Histogram(LOSS_BOUNDS);
  private receivedLost = 0;
  private sentLost = 0;
  private lostInPipes = 0;
  private connections = { udp: 0, tcp: 0 };
  private qualities: Record<ConnectionQuality, number> = { ...NO_QUALITIES };
  private reports = 0;

  constructor(
    private readonly shell: Pick<Shell, 'socket' | 'engine' | 'control' | 'forwardingDelay'>,
    private readonly pipes: Pick<Pipes, 'has' | 'figures'>,
  ) {}

  /** A timer was late by so many milliseconds. */
  delayed(delay: number): void {
    this.eventLoopDelay.observe(delay / 1000);
  }

  read(): WorkerFigures {
    if (this.reports % PATH_REPORTS === 0) this.readPaths();
    this.reports += 1;
    const { user, system } = process.cpuUsage();
    return {
      cpuSeconds: (user + system) / 1e6,
      io: this.shell.socket.counters(),
      faults: this.shell.engine.faults,
      forwardingDelay: this.shell.forwardingDelay.read(),
      eventLoopDelay: this.eventLoopDelay.read(),
      roundTripTime: this.roundTripTime.read(),
      availableBandwidth: this.availableBandwidth.read(),
      receivedLoss: this.receivedLoss.read(),
      sentLoss: this.sentLoss.read(),
      receivedLost: this.receivedLost,
      sentLost: this.sentLost,
      connections: this.connections,
      qualities: this.qualities,
      pipes: { ...this.pipes.figures(), lost: this.lostInPipes },
    };
  }

  private readPaths(): void {
    this.connections = { udp: 0, tcp: 0 };
    this.qualities = { ...NO_QUALITIES };
    for (const path of this.shell.control((control) => control.paths())) this.add(path);
  }

  private add({ transportId, protocol, quality, roundTripTime, availableBitrate, received, sent }: PathFigures): void {
    this.connections[protocol] += 1;
    this.qualities[quality] += 1;
    if (roundTripTime !== undefined) this.roundTripTime.observe(roundTripTime / 1000);
    if (availableBitrate !== undefined) this.availableBandwidth.observe(availableBitrate / 8);
    if (received.arrived + received.lost > 0) this.receivedLoss.observe(shareLost(received));
    if (sent.arrived + sent.lost > 0) this.sentLoss.observe(shareLost(sent));
    this.receivedLost += received.lost;
    this.sentLost += sent.lost;
    if (this.pipes.has(transportId)) this.lostInPipes += received.lost;
  }
}

function shareLost({ arrived, lost }: PathFigures['sent']): number {
  return lost / (arrived + lost);
}

const NO_QUALITIES: Record<ConnectionQuality, number> = { excellent: 0, good: 0, poor: 0, lost: 0 };

/** Load reports, one a second, for one reading of all paths. */
const PATH_REPORTS = 5;

/** Seconds: the same building to a satellite and a full queue. */
const ROUND_TRIP_BOUNDS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6];

/** Bytes per second: 100 kbit/s, sound alone, to 20 Mbit/s, a wall of pictures. */
const BANDWIDTH_BOUNDS: readonly number[] = [12_500, 31_250, 62_500, 125_000, 250_000, 625_000, 1_250_000, 2_500_000];

/** Shares. Below 2 % nobody notices; above 8 % pictures freeze. */
const LOSS_BOUNDS: readonly number[] = [0, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32];
