import type { Clock } from '@waterbus/cluster';
import type { RoomProducer, RtpParameters, VideoCodec } from '@waterbus/protocol';
import { fillSection } from '../media/participant/filling.js';
import { closeConsumer } from '../media/participant/subscribing.js';
import type { Lease } from '../media/pipes/media-pipe.js';
import type { MediaPipes } from '../media/pipes/media-pipes.js';
import { checkSubscribe } from '../participants/permissions.js';
import type { Session } from '../participants/session.js';
import type { Candidates } from '../placement/candidates.js';
import { ignoringEvents } from '../rooms/live-room.js';
import { isElsewhere, nextProgram, type Program, type Stage } from './program.js';

/** The negotiated transport of a player. */
export interface Screen {
  transportId: string;
  mediaNodeId: string;
  picture: RtpParameters | undefined;
  sounds: readonly RtpParameters[];
  decodes: readonly VideoCodec[];
  only: string | undefined;
}

/** Its producers have been requested; those before the last one may still be shown. */
class Slot {
  wanted: string | undefined;
  /** Consumers by producer. */
  readonly consumers = new Map<string, string>();
  /** By producer: its stream from another media node. */
  private readonly leases = new Map<string, Lease>();

  constructor(readonly section: RtpParameters) {}

  forget(consumerId: string): boolean {
    for (const [producerId, id] of this.consumers) {
      if (id !== consumerId) continue;
      this.delete(producerId);
      if (this.wanted === producerId) this.wanted = undefined;
      return true;
    }
    return false;
  }

  set(producerId: string, consumerId: string, lease: Lease | undefined): void {
    this.consumers.set(producerId, consumerId);
    if (lease) this.leases.set(producerId, lease);
  }

  delete(producerId: string): void {
    this.consumers.delete(producerId);
    this.leases.get(producerId)?.release();
    this.leases.delete(producerId);
  }
}

export interface WatchingContext {
  clock: Clock;
  pipes: Pick<MediaPipes, 'take' | 'reaches'>;
  candidates: Pick<Candidates, 'all'>;
}

/** Keeps the sections of one player filled while the room changes. */
export class Watching {
  private readonly picture: Slot | undefined;
  private readonly sounds: Slot[];
  private readonly stopListening: () => void;
  private isWorking = false;
  private isStale = false;
  private isOver = false;
  /** The picture stays until then, milliseconds. */
  private heldUntil = Number.NEGATIVE_INFINITY;
  private stopHolding = () => {};

  constructor(
    private readonly session: Session,
    private readonly screen: Screen,
    private readonly context: WatchingContext,
    /** The player has to connect anew. */
    private readonly leave: () => void,
  ) {
    this.picture = screen.picture && new Slot(screen.picture);
    this.sounds = screen.sounds.map((section) => new Slot(section));
    this.stopListening = session.room.listen({
      ...ignoringEvents,
      roomEvents: () => this.refresh(),
      liveEvent: ({ name }) => name === 'activeSpeakers' && this.refresh(),
    });
  }

  /** One of its consumers has ended. */
  ended(consumerId: string): void {
    for (const slot of this.slots) if (slot.forget(consumerId)) this.refresh();
  }

  /** Brings the sections up to the room, now or after the work under way. */
  refresh(): void {
    if (this.session.ended) this.close();
    if (this.isOver) return;
    if (isElsewhere(this.stage())) {
      this.close();
      this.leave();
      return;
    }
    this.isStale = true;
    if (!this.isWorking) void this.work();
  }

  close(): void {
    this.isOver = true;
    this.stopListening();
    this.stopHolding();
    for (const slot of this.slots) for (const producerId of [...slot.consumers.keys()]) slot.delete(producerId);
  }

  private get slots(): Slot[] {
    return this.picture ? [this.picture, ...this.sounds] : this.sounds;
  }

  private async work(): Promise<void> {
    this.isWorking = true;
    try {
      while (this.isStale && !this.isOver) {
        this.isStale = false;
        await this.apply(this.next());
      }
    } catch (error) {
      this.session.failed('a player was not served', error);
    } finally {
      this.isWorking = false;
    }
  }

  private next(): Program {
    const now = { picture: this.picture?.wanted, sounds: this.sounds.map(({ wanted }) => wanted) };
    const { clock } = this.context;
    const wait = this.heldUntil - clock.now();
    const next = nextProgram(this.stage(), now, wait > 0);
    if (wait > 0) {
      this.stopHolding();
      this.stopHolding = clock.after(wait, () => this.refresh());
    } else if (next.picture !== now.picture) this.heldUntil = clock.now() + SHORTEST_PICTURE;
    return next;
  }

  private async apply({ picture, sounds }: Program): Promise<void> {
    const works = this.sounds.map((slot, i) => this.fill(slot, sounds[i]));
    if (this.picture) works.push(this.fill(this.picture, picture));
    await Promise.all(works);
  }

  private async fill(slot: Slot, producerId: string | undefined): Promise<void> {
    if (slot.wanted === producerId) return;
    slot.wanted = producerId;
    const { media } = this.session;
    // One that is still shown continues; the one that was to follow it does not.
    const isShown = producerId !== undefined && slot.consumers.has(producerId);
    if (isShown || producerId === undefined) {
      for (const [other, consumerId] of [...slot.consumers]) {
        if (other === producerId) continue;
        slot.delete(other);
        await closeConsumer(media, consumerId);
      }
      return;
    }
    const consumerId = await this.forward(slot, producerId);
    if (consumerId === undefined && slot.wanted === producerId) slot.wanted = undefined;
  }

  /** Undefined for a producer that has ended, or cannot be received. */
  private async forward(slot: Slot, producerId: string): Promise<string | undefined> {
    const { media, room } = this.session;
    const { transportId, mediaNodeId } = this.screen;
    const producer = this.producer(producerId);
    if (!producer) return undefined;
    const isFar = producer.mediaNodeId !== mediaNodeId;
    const lease = isFar ? await this.carried(producer) : undefined;
    if (isFar && !lease) return undefined;
    const order = { transportId, producerId, section: slot.section, through: lease?.producerId };
    try {
      const consumerId = await fillSection(media, room, order, () => checkSubscribe(this.session.grants));
      if (consumerId !== undefined && !this.isOver) slot.set(producerId, consumerId, lease);
      else lease?.release();
      return consumerId;
    } catch (error) {
      lease?.release();
      throw error;
    }
  }

  private carried({ id: producerId, kind, codec, mediaNodeId: far }: RoomProducer): Promise<Lease | undefined> {
    const { session, screen, context } = this;
    const ends = { roomId: session.roomId, far, near: screen.mediaNodeId };
    return context.pipes.take({ ...ends, producerId, kind, codec });
  }

  private producer(producerId: string): RoomProducer | undefined {
    for (const { producers } of this.session.room.participants) {
      const found = producers.find(({ id }) => id === producerId);
      if (found) return found;
    }
    return undefined;
  }

  private stage(): Stage {
    const { room, participantId } = this.session;
    const { mediaNodeId, decodes, only } = this.screen;
    const { pipes, candidates } = this.context;
    return {
      ...{ mediaNodeId, decodes, only },
      draining: candidates.all.get(mediaNodeId)?.draining ?? true,
      reaches: (far) => pipes.reaches(far, mediaNodeId),
      participants: room.participants.filter(({ id }) => id !== participantId),
      speakers: room.speakers,
      sounds: this.sounds.length,
    };
  }
}

/** Milliseconds: a word between two speakers does not change the picture twice. */
const SHORTEST_PICTURE = 2000;
