import { BusError, type Home } from '@waterbus/cluster';
import { CodedError } from '@waterbus/protocol';
import { ask } from '../bus/ask.js';
import type { BusBody } from '../bus/contract.js';
import { ignoringEvents } from '../rooms/live-room.js';
import { isReceiver, type KeptEvent } from './client-feed.js';
import type { ParticipantsContext } from './context.js';
import type { Departures } from './departures.js';
import type { Moves } from './moves.js';
import { placeOf, type Registry } from './registry.js';
import type { SessionHandover } from './session-handover.js';

/** Starts the session of a participant here. */
type ContinueHere<T> = (handover: SessionHandover, later: KeptEvent[]) => Promise<T>;

/** Participants whose home changes, from another node to this one or from this one (R3). */
export class Handovers {
  private readonly arriving = new Map<string, Promise<unknown>>();
  private readonly stopTimers = new Set<() => void>();

  constructor(
    private readonly context: ParticipantsContext,
    private readonly registry: Registry,
    private readonly departures: Departures,
    private readonly moves: Moves,
  ) {}

  /**
   * Resolves when a participant is neither on its way here nor about to leave: a client that lost
   * its socket meanwhile retries, here or elsewhere.
   */
  async settled(roomId: string, participantId: string): Promise<void> {
    const place = placeOf(roomId, participantId);
    for (;;) {
      const arrival = this.arriving.get(place);
      if (!arrival) break;
      await arrival.catch(() => {});
    }
    const session = this.registry.get(roomId, participantId);
    if (session?.ended) await session.lifecycle.run(async () => {});
  }

  /**
   * `continueHere` starts the session, with the former home's handover and the events since then.
   */
  async take<T>(roomId: string, participantId: string, continueHere: ContinueHere<T>): Promise<T> {
    const place = placeOf(roomId, participantId);
    const arrival = this.takeNow(roomId, participantId, continueHere);
    this.arriving.set(place, arrival);
    try {
      return await arrival;
    } finally {
      this.arriving.delete(place);
    }
  }

  /** Answers `session.release`. */
  async release({ roomId, participantId, to }: BusBody<'session.release'>): Promise<SessionHandover> {
    await this.settled(roomId, participantId);
    const session = this.registry.present(roomId, participantId);
    if (session) return session.release(to);
    await this.leaveIfForgotten(roomId, participantId);
    throw new CodedError('session.expired');
  }

  /**
   * A participant whose transfer to this node was lost on the way has a home here without a
   * session: it would stay in the room forever.
   */
  async leaveIfForgotten(roomId: string, participantId: string): Promise<void> {
    const { cluster, nodeId } = this.context;
    const home = await cluster.rooms.home(roomId, participantId);
    if (home?.nodeId === nodeId) await this.forgotten(roomId, home);
  }

  close(): void {
    for (const stop of this.stopTimers) stop();
    this.stopTimers.clear();
  }

  private async takeNow<T>(roomId: string, participantId: string, continueHere: ContinueHere<T>): Promise<T> {
    const { cluster, nodeId, rooms } = this.context;
    const home = await cluster.rooms.home(roomId, participantId);
    if (!home) throw new CodedError(cluster.recovering ? 'server.unavailable' : 'session.expired');
    if (home.nodeId === nodeId) {
      await this.forgotten(roomId, home);
      throw new CodedError('session.expired');
    }
    if (this.moves.draining) throw new CodedError('server.draining');
    const room = await rooms.enter(roomId);
    // From before the other home releases it, so that no event is missed in between; clients
    // recognize duplicates by their ids.
    const later: KeptEvent[] = [];
    const stopListening = room.listen({
      ...ignoringEvents,
      meetingEvent: (event) => void later.push(event),
      dataMessage: (event, only) => void (isReceiver(participantId, event, only) && later.push(event)),
    });
    try {
      return await continueHere(await this.released(roomId, home), later);
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      // A home that does not answer is dead or dying, or its answer was lost: the participant
      // leaves (R4) and joins anew.
      this.checkAgain(roomId, participantId, CHECKS);
      await this.leaveIfForgotten(roomId, participantId);
      throw new CodedError(cluster.recovering ? 'server.unavailable' : 'session.expired');
    } finally {
      stopListening();
      rooms.exit(room);
    }
  }

  /**
   * The handover of a home. A slow home is waited for, as it still represents its participant. A
   * silent one is not: its own writes are refused once the participant is claimed anew (R3), and
   * its late handover is released (`checkAgain`).
   */
  private released(roomId: string, { nodeId: from, participantId }: Home): Promise<SessionHandover> {
    const { cluster, nodeId, clock, silentOwners } = this.context;
    return new Promise((resolve, reject) => {
      let stop = () => {};
      let answered = false;
      const check = async () => {
        // A home that cannot be checked is not silent.
        const silent = await silentOwners.isSilent(from).catch(() => false);
        if (silent) reject(new BusError('no-such-node', `${from} is silent`));
        else if (!answered) stop = clock.after(SILENCE_INTERVAL, () => void check());
      };
      const release = { roomId, participantId, to: nodeId };
      ask(cluster.bus, from, 'session.release', release)
        .then(resolve, reject)
        .finally(() => {
          answered = true;
          stop();
        });
      void check();
    });
  }

  /** A slow home may still transfer the participant to this node, after no request waits for it. */
  private checkAgain(roomId: string, participantId: string, checks: number): void {
    if (checks === 0) return;
    const stop = this.context.clock.after(CHECK_INTERVAL, () => {
      this.stopTimers.delete(stop);
      // A check that fails now is repeated with the next one.
      if (!this.arriving.has(placeOf(roomId, participantId)))
        this.leaveIfForgotten(roomId, participantId).catch(() => {});
      this.checkAgain(roomId, participantId, checks - 1);
    });
    this.stopTimers.add(stop);
  }

  private async forgotten(roomId: string, home: Home): Promise<void> {
    const { cluster } = this.context;
    // After a loss the cluster may know an old home; the one in force asserts itself soon (R6).
    if (cluster.recovering) throw new CodedError('server.unavailable');
    if (this.registry.get(roomId, home.participantId)) return;
    await this.departures.leave({ roomId, home, reason: 'node-lost', hidden: false });
  }
}

/**
 * Milliseconds; a home that dies during the request does not answer, and its lease would hide that
 * for seconds.
 */
const SILENCE_INTERVAL = 100;

/**
 * Milliseconds, and number of checks: a home that needs more than 20 s for work of a few
 * milliseconds has lost its lease long before.
 */
const CHECK_INTERVAL = 2_000;
const CHECKS = 10;
