import type { Clock } from '@waterbus/cluster';
import type { RtpParameters, VideoCodec } from '@waterbus/protocol';
import { fillSection } from '../media/participant/filling.js';
import { closeConsumer } from '../media/participant/subscribing.js';
import { checkSubscribe } from '../participants/permissions.js';
import type { Session } from '../participants/session.js';
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

  constructor(readonly section: RtpParameters) {}

  forget(consumerId: string): boolean {
    for (const [producerId, id] of this.consumers) {
      if (id !== consumerId) continue;
      this.consumers.delete(producerId);
      if (this.wanted === producerId) this.wanted = undefined;
      return true;
    }
    return false;
  }
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
    private readonly clock: Clock,
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
    const wait = this.heldUntil - this.clock.now();
    const next = nextProgram(this.stage(), now, wait > 0);
    if (wait > 0) {
      this.stopHolding();
      this.stopHolding = this.clock.after(wait, () => this.refresh());
    } else if (next.picture !== now.picture) this.heldUntil = this.clock.now() + SHORTEST_PICTURE;
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
    const { media, room } = this.session;
    // One that is still shown continues; the one that was to follow it does not.
    const isShown = producerId !== undefined && slot.consumers.has(producerId);
    if (isShown || producerId === undefined) {
      for (const [other, consumerId] of [...slot.consumers]) {
        if (other === producerId) continue;
        slot.consumers.delete(other);
        await closeConsumer(media, consumerId);
      }
      return;
    }
    const { transportId } = this.screen;
    const order = { transportId, producerId, section: slot.section };
    const consumerId = await fillSection(media, room, order, () => checkSubscribe(this.session.grants));
    if (consumerId !== undefined) slot.consumers.set(producerId, consumerId);
    else if (slot.wanted === producerId) slot.wanted = undefined;
  }

  private stage(): Stage {
    const { room, participantId } = this.session;
    return {
      ...{ mediaNodeId: this.screen.mediaNodeId, decodes: this.screen.decodes, only: this.screen.only },
      participants: room.participants.filter(({ id }) => id !== participantId),
      speakers: room.speakers,
      sounds: this.sounds.length,
    };
  }
}

/** Milliseconds: a word between two speakers does not change the picture twice. */
const SHORTEST_PICTURE = 2000;
