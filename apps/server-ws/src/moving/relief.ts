import type { Logger } from '@waterbus/media-host';
import { Counts } from '@waterbus/telemetry';
import { boundLogger } from '../bound-logger.js';
import type { BusQuestion } from '../bus/contract.js';
import type { Candidate } from '../placement/place.js';
import { hasTurn, isOverLimit, relieve, type Sending } from './relief-steps.js';

/** The operations of a media node of this process that relief uses. */
export interface RelievedNode {
  readonly id: string;
  load(): { cpu: number };
  /** The forwarded streams through it; `asker` is the sender's home. */
  sendings(): (Sending & { asker: string })[];
  isOpen(transportId: string): boolean;
}

export interface ReliefContext {
  /** Media nodes of this process. */
  nodes(): readonly RelievedNode[];
  /** All media nodes, with their reports. */
  candidates(): ReadonlyMap<string, Candidate & { reported: number }>;
  /** Requests the move of the home of the sender. */
  requestMove(homeId: string, move: BusQuestion<'relief.move'>): Promise<unknown>;
  logger: Logger;
}

/**
 * Moves load away from overloaded media nodes of this process: one step at a time for each node,
 * checked again when it is done and the reports show its effect. Must be called each report
 * interval.
 */
export class Relief {
  private readonly states = new Map<string, State>();
  private intervals = 0;
  private readonly counts = new Counts<'requested' | 'failed'>();

  constructor(private readonly context: ReliefContext) {}

  interval(): void {
    const nodes = this.context.nodes();
    this.intervals += 1;
    const present = new Set(nodes.map(({ id }) => id));
    for (const id of this.states.keys()) if (!present.has(id)) this.states.delete(id);
    for (const node of nodes) this.look(node);
  }

  /** Moves since the start. */
  figures(): Partial<Record<'requested' | 'failed', number>> {
    return this.counts.read();
  }

  private look(node: RelievedNode): void {
    const candidate = this.context.candidates().get(node.id);
    let state = this.states.get(node.id);
    if (!state) {
      state = { over: 0, moving: [], since: 0, rest: 0, ignored: new Map() };
      this.states.set(node.id, state);
    }
    for (const [id, reports] of state.ignored) {
      if (reports > 1) state.ignored.set(id, reports - 1);
      else state.ignored.delete(id);
    }
    if (this.isMoving(state, node)) return;
    if (state.rest > 0) state.rest -= 1;
    const { cpu } = node.load();
    // A drain moves all users anyway (R10).
    const over = candidate && !candidate.draining && isOverLimit({ cpu, load: candidate.reported });
    state.over = over ? state.over + 1 : 0;
    if (!over || state.rest > 0 || state.over < SUSTAINED) return;
    const sendings = node.sendings().map((sending) => ({ ...sending, stuck: state.ignored.has(sending.transportId) }));
    const others = [...this.context.candidates().values()].filter(({ id }) => id !== node.id);
    const turn = hasTurn(candidate, this.intervals, others);
    state.moving = relieve({ cpu, load: candidate.reported, sendings }, others, turn);
    state.since = 0;
    for (const sending of sendings) {
      if (state.moving.includes(sending.transportId)) this.move(node, state, sending);
    }
  }

  /**
   * A step is over when the old transports have closed, or when their clients have had enough time.
   */
  private isMoving(state: State, node: RelievedNode): boolean {
    if (state.moving.length === 0) return false;
    state.since += 1;
    const left = state.moving.filter((transportId) => node.isOpen(transportId));
    if (left.length > 0 && state.since < LONGEST_MOVE) return true;
    for (const transportId of left) state.ignored.set(transportId, IGNORED_FOR);
    state.moving = [];
    state.rest = SUSTAINED;
    return false;
  }

  /** `asker`: the home of the sender. */
  private move(node: RelievedNode, state: State, { transportId, roomId, asker }: Sending & { asker: string }): void {
    const { requestMove } = this.context;
    const logger = boundLogger(this.context.logger, { meetingId: roomId });
    logger.info({ mediaNodeId: node.id, transportId }, 'publisher moved off a media node over its limit');
    this.counts.add('requested');
    requestMove(asker, { transportId }).catch((error) => {
      this.counts.add('failed');
      logger.info({ mediaNodeId: node.id, transportId, error: String(error) }, 'publisher not moved');
      state.moving = state.moving.filter((id) => id !== transportId);
      state.ignored.set(transportId, IGNORED_FOR);
    });
  }
}

/** All times in reports, one a second. */
interface State {
  /** Number of reports for which it has been over its limit. */
  over: number;
  moving: string[];
  since: number;
  rest: number;
  /** Transports whose clients did not move, and the time for which they are ignored. */
  ignored: Map<string, number>;
}

/** Three reports: the time until a report shows a change, and longer than a burst of key frames. */
const SUSTAINED = 3;

/**
 * Reports, one a second. Clients keep the old transport until it has no receivers, 20 s at most;
 * the rest is for clients that are reconnecting.
 */
const LONGEST_MOVE = 25;

/** Half a minute: a client that did not move has moved recently, or may have no other path. */
const IGNORED_FOR = 30;
