import { coded } from '../failures.js';
import type { SendTransport } from '../webrtc/device.js';
import type { MediaContext } from './media-context.js';
import type { OpenedTransport } from './open-transport.js';
import type { Publication } from './publication.js';
import { Retirement } from './retirement.js';
import { discard, openSendLane, type SendLane } from './send-lane.js';

export interface SendLanesListener {
  /** The lane for new streams is open, on this media node. */
  opened(mediaNodeId: string): void;
  /** It has ended, and all streams need another one. */
  lost(): void;
  /** There is something to settle. */
  changed(): void;
}

/**
 * The lanes of the sending side: the present one, through which new streams are sent, and the
 * former ones, which were left because their media nodes drain or are overloaded (R10).
 */
export class SendLanes {
  #context: MediaContext;
  #publications: () => Publication[];
  #listener: SendLanesListener;
  #present: SendLane | undefined;
  #former = new Map<SendLane, Retirement>();
  #opening: Promise<SendTransport> | undefined;
  /** A transport that was opened with the join, for the first publication. */
  #given: OpenedTransport | undefined;
  #draining = new Set<string>();
  /** The transport whose media node is overloaded: one attempt is made to leave it. */
  #leaving: string | undefined;
  #generation = 0;

  /** `publications`: all whose streams use the lanes. */
  constructor(context: MediaContext, publications: () => Publication[], listener: SendLanesListener) {
    this.#context = context;
    this.#publications = publications;
    this.#listener = listener;
  }

  get present(): SendLane | undefined {
    return this.#present;
  }

  /** Changes when all lanes are closed. */
  get generation(): number {
    return this.#generation;
  }

  /** The transport of the present lane, which is opened where necessary. */
  open(): Promise<SendTransport> {
    if (this.#present) return Promise.resolve(this.#present.transport);
    this.#opening ??= this.#openFirst().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  start(given?: OpenedTransport): void {
    this.#given = given;
  }

  /** Closes all; streams are sent through a new one, or through `given`. */
  reset(given?: OpenedTransport): void {
    if (this.#given) this.#context.abandoned.add(this.#given.transport.id);
    this.#given = given;
    this.close();
  }

  resumed(networkChanged: boolean): void {
    this.#present?.keeper.resumed(networkChanged);
  }

  reconnect(): void {
    this.#present?.keeper.again();
  }

  /** The server of a new socket reports itself which media nodes drain. */
  drainingUnknown(): void {
    this.#draining.clear();
  }

  mediaNodeDraining(mediaNodeId: string, draining: boolean): void {
    if (draining) this.#draining.add(mediaNodeId);
    else this.#draining.delete(mediaNodeId);
  }

  leave(transportId: string): void {
    this.#leaving = transportId;
  }

  transportGone(transportId: string): void {
    if (this.#given?.transport.id === transportId) this.#given = undefined;
    this.#lost((lane) => lane.transport.id === transportId);
    this.#context.abandoned.closed(transportId);
  }

  mediaNodeGone(mediaNodeId: string): void {
    this.#draining.delete(mediaNodeId);
    if (this.#given?.mediaNodeId === mediaNodeId) this.#given = undefined;
    const gone = this.#all().filter((lane) => lane.mediaNodeId === mediaNodeId);
    this.#lost((lane) => gone.includes(lane));
    for (const { transport } of gone) this.#context.abandoned.closed(transport.id);
  }

  /** Replaces the present lane if its media node drains or is overloaded. Rejects: try it later. */
  async replaceIfDue(): Promise<void> {
    const mediaNodeId = this.#present?.mediaNodeId;
    if (mediaNodeId !== undefined && this.#draining.has(mediaNodeId)) {
      if (!(await this.#replace(() => this.#draining.has(mediaNodeId)))) throw coded('server.draining');
    } else if (this.#present && this.#leaving === this.#present.transport.id) {
      const leaving = this.#leaving;
      // The requester repeats the request if it still matters.
      await this.#replace(() => this.#leaving === leaving).catch(() => {});
    }
    this.#leaving = undefined;
  }

  /** Former lanes get no new streams: each is closed when all receivers use another one. */
  closeFormer(): void {
    const publications = this.#publications();
    for (const [lane, retirement] of this.#former) {
      const { transport } = lane;
      if (retirement.isOver) {
        discard(lane, this.#context.abandoned);
        this.#former.delete(lane);
        for (const publication of publications) publication.retire(transport);
      } else if (!publications.some((publication) => publication.through(transport))) {
        retirement.check(() => this.#publications().flatMap((publication) => publication.retiringId(transport) ?? []));
      }
    }
  }

  close(): void {
    this.#generation += 1;
    for (const lane of this.#all()) discard(lane, this.#context.abandoned);
    this.#present = undefined;
    for (const retirement of this.#former.values()) retirement.stop();
    this.#former.clear();
    this.#opening = undefined;
  }

  /**
   * Replaces the present lane by another one. False when the servers have no better place; true
   * also when it need not be left any more.
   */
  async #replace(leaves: () => boolean): Promise<boolean> {
    const before = this.#present!;
    const next = await this.#openOne();
    const better = next.mediaNodeId !== before.mediaNodeId && !this.#draining.has(next.mediaNodeId);
    if (!leaves() || !better || this.#present !== before) {
      discard(next, this.#context.abandoned);
      return !leaves();
    }
    const changed = () => this.#listener.changed();
    this.#former.set(before, new Retirement(this.#context.session, MOST_CHECKS, changed));
    this.#present = next;
    this.#listener.opened(next.mediaNodeId);
    return true;
  }

  #lost(is: (lane: SendLane) => boolean): void {
    if (this.#present && is(this.#present)) {
      this.#listener.lost();
      return;
    }
    for (const [lane, retirement] of this.#former) {
      if (!is(lane)) continue;
      retirement.stop();
      this.#former.delete(lane);
      discard(lane, this.#context.abandoned);
      for (const publication of this.#publications()) {
        publication.retire(lane.transport);
        if (publication.through(lane.transport)) publication.forget();
      }
      this.#listener.changed();
    }
  }

  async #openFirst(): Promise<SendTransport> {
    const given = this.#given;
    this.#given = undefined;
    const lane = await this.#openOne(given);
    this.#present = lane;
    this.#listener.opened(lane.mediaNodeId);
    // The placing may have overtaken the event that the node drains.
    if (this.#draining.has(lane.mediaNodeId)) this.#listener.changed();
    return lane.transport;
  }

  #openOne(given?: OpenedTransport): Promise<SendLane> {
    const generation = this.#generation;
    const onGone = (gone: SendLane) => this.#lost((lane) => lane === gone);
    const sends = ({ transport }: SendLane) =>
      this.#publications().some((publication) => !publication.muted && publication.through(transport));
    return openSendLane(this.#context, { onGone, sends }, () => generation === this.#generation, given);
  }

  #all(): SendLane[] {
    return [...(this.#present ? [this.#present] : []), ...this.#former.keys()];
  }
}

/**
 * A former lane ends after so many checks in any case: a receiver that has not got the new stream
 * in 20 s never will.
 */
const MOST_CHECKS = 40;
