import type { ApplyResult, AssertResult, Cluster, Home, Observing } from '@waterbus/cluster';
import { CodedError, type RoomChange, type RoomParticipant } from '@waterbus/protocol';
import { Serial } from '../time/serial.js';

/** The participant that a writer writes for. */
export interface WrittenParticipant {
  readonly participantId: string;
  readonly roomId: string;
  /** The room shows only that the call is observed. */
  readonly hidden: boolean;
  readonly ended: boolean;
  /** Its present state, as its home knows it. */
  roomState(): RoomParticipant | Observing;
  /** It is unknown whether a change was carried out: the state has to be asserted. */
  stateUncertain(): void;
  /** It no longer belongs to this node. */
  abandon(reason: 'replaced' | 'expired'): void;
}

/**
 * Writes one participant's changes into its room, as its home at an epoch (R3), and asserts its
 * state after a loss of the room (R6).
 */
export class RoomWriter {
  private readonly asserting = new Serial();

  constructor(
    private readonly cluster: Cluster,
    private readonly participant: WrittenParticipant,
    /** Renewed by every take-over. */
    private current: Home,
  ) {}

  get home(): Home {
    return this.current;
  }

  /**
   * Returns the room's version with the change; undefined if the room does not show it. Rejects
   * with a `CodedError` when this node may no longer change the participant.
   */
  async write(wanted: RoomChange): Promise<number | undefined> {
    const { participant } = this;
    const change = participant.hidden ? asObserver(wanted) : wanted;
    if (!change) return undefined;
    const result = await this.apply(change).catch((error) => {
      participant.stateUncertain();
      throw error;
    });
    if (result.type !== 'refused') return result.version;
    if (result.reason === 'full') throw new CodedError('meeting.full');
    // Another home has taken the participant over, or it was removed: nothing here belongs to this
    // node any more.
    const reason = result.reason === 'stale-epoch' ? 'replaced' : 'expired';
    participant.abandon(reason);
    throw new CodedError(`session.${reason}`);
  }

  /**
   * Writes the state that the cluster may have lost (R6). Rejects if that is impossible now. A
   * participant that another home has taken over, or whose room is full, is abandoned.
   */
  async assert(): Promise<void> {
    const result = await this.assertInOrder();
    if (result.type === 'refused') this.participant.abandon(result.reason === 'stale-epoch' ? 'replaced' : 'expired');
  }

  /** Raises the epoch: writes of an earlier take-over are refused from now on. */
  async claim(): Promise<void> {
    this.current = await this.claimFor(this.current.nodeId);
  }

  /** Makes another Server WS node the home; this writer's changes are refused from now on. */
  claimFor(nodeId: string): Promise<Home> {
    return this.cluster.rooms.claimHome(this.participant.roomId, this.participant.participantId, nodeId);
  }

  /**
   * The room's participants do not include a hidden one: its home shows whether it is still in the
   * room. Rejects if it is not.
   */
  async checkObserver(): Promise<void> {
    const home = await this.inForce();
    if (home?.epoch === this.current.epoch) return;
    if (!home && this.cluster.recovering) throw new CodedError('server.unavailable');
    this.participant.abandon('expired');
    throw new CodedError('session.expired');
  }

  private async apply(change: RoomChange): Promise<ApplyResult> {
    const { cluster, participant } = this;
    const result = await cluster.rooms.apply(participant.roomId, change, this.current);
    if (result.type !== 'refused' || !cluster.recovering || participant.ended) return result;
    // The room was lost and has not been asserted again yet (R6).
    const asserted = await this.assertInOrder();
    if (asserted.type === 'refused') return asserted;
    return cluster.rooms.apply(participant.roomId, change, this.current);
  }

  /** One after the other, because each may raise the epoch. */
  private assertInOrder(): Promise<AssertResult> {
    return this.asserting.run(async () => {
      let result = await this.assertState();
      if (result.type === 'refused' && result.reason === 'stale-epoch') {
        const inForce = await this.inForce();
        // The own take-over was among the lost writes: no other home has taken over since.
        if (inForce && inForce.epoch < this.current.epoch) {
          await this.claim();
          result = await this.assertState();
        }
      }
      if (result.type === 'asserted') this.current = result.home;
      return result;
    });
  }

  private assertState(): Promise<AssertResult> {
    const { participant } = this;
    return this.cluster.rooms.assert(participant.roomId, this.current, participant.roomState());
  }

  private inForce(): Promise<Home | undefined> {
    return this.cluster.rooms.home(this.participant.roomId, this.participant.participantId);
  }
}

/**
 * The room's changes for a hidden participant: that the call is observed, and the codecs by which
 * publishers choose theirs.
 */
function asObserver(change: RoomChange): RoomChange | undefined {
  if (change.type === 'observer.joined') return change;
  if (change.type !== 'participant.updated' || !change.decodes) return undefined;
  return { type: 'observer.joined', participantId: change.participantId, decodes: change.decodes };
}
