import type { Cluster, Unsubscribe } from '@waterbus/cluster';
import type { Logger } from '@waterbus/media-host';
import {
  applyRoomChange,
  type RoomEvent,
  type RoomParticipant,
  type RoomProducer,
  type RoomSnapshot,
} from '@waterbus/protocol';

/**
 * A room as this node sees it: the cluster's events in version order, the state they add up to, and whoever listens here.
 * A gap in versions is closed by the snapshot (R1).
 */
export class LiveRoom {
  private state: RoomSnapshot;
  private stop: Unsubscribe = () => {};
  private fetching = false;
  /** Highest version heard of. */
  private heard = 0;
  private readonly listeners = new Set<(event: RoomEvent) => void>();

  private constructor(
    readonly id: string,
    private readonly cluster: Cluster,
    private readonly logger: Logger,
  ) {
    this.state = nobody(id);
  }

  static async open(id: string, cluster: Cluster, logger: Logger): Promise<LiveRoom> {
    const room = new LiveRoom(id, cluster, logger);
    room.stop = await cluster.rooms.watch(id, (event) => room.handle(event));
    await room.fetch();
    return room;
  }

  get participants(): readonly RoomParticipant[] {
    return this.state.participants;
  }

  participant(participantId: string): RoomParticipant | undefined {
    return this.state.participants.find((participant) => participant.id === participantId);
  }

  /** A producer and who owns it. */
  producer(producerId: string): { producer: RoomProducer; participantId: string } | undefined {
    for (const participant of this.state.participants) {
      const producer = participant.producers.find((candidate) => candidate.id === producerId);
      if (producer) return { producer, participantId: participant.id };
    }
    return undefined;
  }

  /** Media nodes that carry this room's producers. */
  mediaNodes(): Set<string> {
    return new Set(
      this.state.participants.flatMap(({ producers }) => producers.map((producer) => producer.mediaNodeId)),
    );
  }

  listen(listener: (event: RoomEvent) => void): Unsubscribe {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close(): void {
    this.stop();
  }

  private handle(event: RoomEvent): void {
    this.follow(event);
    for (const listener of [...this.listeners]) listener(event);
  }

  private follow(event: RoomEvent): void {
    this.heard = Math.max(this.heard, event.version);
    if (event.version <= this.state.version) return;
    const next = event.version === this.state.version + 1 ? applyRoomChange(this.state, event.change) : undefined;
    if (next) this.state = next;
    else this.fetch().catch((error) => this.logger.warn({ roomId: this.id, error: String(error) }, 'no room snapshot'));
  }

  /** Until the state holds all that was heard of, or the room is empty. */
  private async fetch(): Promise<void> {
    if (this.fetching) return;
    this.fetching = true;
    try {
      do {
        const snapshot = await this.cluster.rooms.snapshot(this.id);
        if (!snapshot) this.heard = 0;
        this.state = snapshot ?? nobody(this.id);
      } while (this.state.version < this.heard);
    } finally {
      this.fetching = false;
    }
  }
}

function nobody(roomId: string): RoomSnapshot {
  return { roomId, version: 0, participants: [] };
}
