import {
  type ConsumerLayers,
  type RoomParticipant,
  type RoomProducer,
  type RoomSnapshot,
  receivable,
  type VideoCodec,
} from '@waterbus/protocol';
import { type Copy, Pictures } from '../adaptive/pictures.js';
import type { WatchElement } from '../adaptive/watch-element.js';
import { coded } from '../failures.js';
import type { Receiver, ReceiveTransport } from '../webrtc/device.js';
import type { MediaContext } from './media-context.js';
import { type LaneOwner, type OpenedLane, ReceiveLane } from './receive-lane.js';
import { SwitchOver } from './switch-over.js';

export interface SubscriberOptions extends MediaContext {
  /** Whether receiving is granted. */
  granted: () => boolean;
  /** The room as it is known now, without this client's own participant. */
  others: () => RoomParticipant[];
  /** It was added, can be shown now, or was removed. */
  onReceiver(producerId: string): void;
  /** The sent layers of its picture have changed. */
  onLayers(producerId: string): void;
  onlyObserved: boolean;
  /** Video codecs that this device decodes; undefined before that is known. */
  decodes: () => readonly VideoCodec[] | undefined;
  watch?: WatchElement | undefined;
}

/**
 * The receiving side: the participants to receive, and one lane (a transport and its consumers) per
 * media node (R9).
 */
export class Subscriber implements LaneOwner {
  readonly context: MediaContext;
  #options: SubscriberOptions;
  /**
   * Participants whose answers may have been lost: their consumers are given up before they are
   * requested again.
   */
  readonly uncertain = new Set<string>();
  readonly pictures: Pictures;
  #lanes = new Map<string, ReceiveLane>();
  #auto: boolean;
  #chosen = new Map<string, boolean>();
  #receivers = new Map<string, { receiver: Receiver; consumerId: string; participantId: string; lane: ReceiveLane }>();
  /** The producer whose media were last seen to flow, by lane. */
  #flowed = new WeakMap<ReceiveLane, string>();
  /**
   * Of streams that carry others on (R10), by producer; `replaced` is received until it is dropped.
   */
  #switches = new Map<string, { over: SwitchOver; replaced: string }>();
  #draining = new Set<string>();
  /** Producers that were lost with their media node; the room's event follows a little later. */
  #lost = new Set<string>();
  #forgetLost: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SubscriberOptions, auto: boolean) {
    this.context = options;
    this.#options = options;
    this.#auto = auto;
    const { session, onLayers, onlyObserved, watch } = options;
    this.pictures = new Pictures({ session, consumers: () => this.#pictured(), onLayers, onlyObserved, watch });
  }

  others(): RoomParticipant[] {
    return this.#options.others();
  }

  wants(participantId: string): boolean {
    return this.#options.granted() && (this.#chosen.get(participantId) ?? this.#auto);
  }

  /** The receivable ones of a participant's producers. */
  takes(producers: readonly RoomProducer[]): RoomProducer[] {
    return receivable(withoutReplaced(producers), this.#options.decodes());
  }

  isLost(producerId: string): boolean {
    return this.#lost.has(producerId);
  }

  has(producerId: string): boolean {
    return this.#receivers.has(producerId);
  }

  /** Whether it can replace the one that it carries on. */
  flows(producerId: string): boolean {
    return this.has(producerId) && !(this.#switches.get(producerId)?.over.waiting ?? false);
  }

  track(producerId: string): MediaStreamTrack | undefined {
    return this.#receivers.get(producerId)?.receiver.track;
  }

  /** The sent layers of a received picture; undefined before the servers' first event. */
  layers(producerId: string): ConsumerLayers | undefined {
    const entry = this.#receivers.get(producerId);
    return entry && this.pictures.layers(entry.consumerId);
  }

  /** No packets at all arrive from the media node that sends it. */
  isCutOff(producerId: string): boolean {
    return this.#receivers.get(producerId)?.lane.isSilent ?? false;
  }

  get transports(): { transport: ReceiveTransport; mediaNodeId: string }[] {
    return [...this.#lanes.values()].flatMap(({ transport, mediaNodeId }) =>
      transport ? [{ transport, mediaNodeId }] : [],
    );
  }

  async subscribe(participantId: string): Promise<void> {
    if (!this.#options.granted()) throw coded('permission.denied');
    this.#chosen.set(participantId, true);
    this.roomChanged();
  }

  async unsubscribe(participantId: string): Promise<void> {
    this.#chosen.set(participantId, false);
    this.dropParticipant(participantId);
    await this.#options.session.request('unsubscribe', { participantId }).catch(() => {
      // The server drops the consumers of a participant that reconnects only on request: repeat it
      // before the next subscription.
      this.uncertain.add(participantId);
    });
  }

  /** The room has changed: requests new streams; `soon`: together with those that may follow. */
  roomChanged(soon = false): void {
    const others = this.others();
    const present = new Set(others.map(({ id }) => id));
    for (const id of this.#chosen.keys()) if (!present.has(id)) this.#chosen.delete(id);
    for (const id of this.uncertain) if (!present.has(id)) this.uncertain.delete(id);
    const nodes = others.flatMap(({ producers }) => producers.map(({ mediaNodeId }) => mediaNodeId));
    for (const mediaNodeId of new Set([...nodes, ...this.#lanes.keys()])) this.#lane(mediaNodeId).kick(soon);
    this.#leaveDrained();
  }

  /** The server of a new socket reports itself which media nodes drain. */
  drainingUnknown(): void {
    this.#draining.clear();
  }

  /**
   * A media node drains, or the drain is cancelled. Its transport closes as soon as it carries no
   * media (R10).
   */
  mediaNodeDraining(mediaNodeId: string, draining: boolean): void {
    if (draining) this.#draining.add(mediaNodeId);
    else this.#draining.delete(mediaNodeId);
    this.#leaveDrained();
  }

  /**
   * This client publishes on this node, so others will most likely publish there too: their streams
   * need not wait for a transport.
   */
  prepare(mediaNodeId: string): void {
    if (this.#auto && this.#options.granted() && !this.#draining.has(mediaNodeId)) this.#lane(mediaNodeId).prepare();
  }

  /** The media that were opened with the join. */
  given(lanes: readonly OpenedLane[]): void {
    for (const lane of lanes) this.#lane(lane.mediaNodeId).take(lane);
  }

  resumed(room: RoomSnapshot, networkChanged: boolean): void {
    for (const { id, producers } of room.participants) {
      if (this.wants(id) && this.takes(producers).some((producer) => !this.has(producer.id))) this.uncertain.add(id);
    }
    this.#goOn(networkChanged);
  }

  /** On another socket, without a lost answer. */
  moved(): void {
    this.#goOn(false);
  }

  /** Tries all paths again, where media do not get through. */
  reconnect(): void {
    for (const lane of this.#lanes.values()) lane.reconnect();
  }

  consumerGone(consumerId: string): void {
    for (const [producerId, entry] of this.#receivers) {
      if (entry.consumerId !== consumerId) continue;
      this.drop(producerId);
      // If the producer still exists, it is requested again.
      entry.lane.later(entry.participantId);
    }
  }

  transportGone(transportId: string): void {
    for (const lane of this.#lanes.values()) if (lane.transport?.id === transportId) lane.reset();
    this.#options.abandoned.closed(transportId);
  }

  mediaNodeGone(mediaNodeId: string): void {
    this.#draining.delete(mediaNodeId);
    for (const { producers } of this.others()) {
      for (const producer of producers) if (producer.mediaNodeId === mediaNodeId) this.#lost.add(producer.id);
    }
    clearTimeout(this.#forgetLost);
    this.#forgetLost = setTimeout(() => {
      this.#lost.clear();
      this.roomChanged();
    }, LOST_FOR);
    this.#lanes.get(mediaNodeId)?.reset(true);
  }

  /** Another participant now: the servers hold no subscription of the former one. */
  reset(): void {
    this.forget();
    this.roomChanged();
  }

  /** Like `reset`, before the participants in the room are known. */
  forget(): void {
    this.uncertain.clear();
    for (const lane of this.#lanes.values()) lane.forget();
  }

  close(): void {
    clearTimeout(this.#forgetLost);
    this.#lost.clear();
    this.#draining.clear();
    for (const lane of this.#lanes.values()) lane.close();
    this.#lanes.clear();
    this.pictures.close();
  }

  adopt(
    lane: ReceiveLane,
    producerId: string,
    consumer: { id: string; participantId: string },
    receiver: Receiver,
  ): void {
    this.drop(producerId);
    const { participantId } = consumer;
    this.#receivers.set(producerId, { receiver, consumerId: consumer.id, participantId, lane });
    const replaced = this.#producer(participantId, producerId)?.replaces;
    const before = replaced === undefined ? undefined : this.#receivers.get(replaced);
    if (replaced !== undefined && before) {
      const over = new SwitchOver(before.receiver, receiver, {
        paused: () =>
          (this.#producer(participantId, producerId)?.paused ?? false) ||
          this.pictures.withheld(producerId, consumer.id),
        onSwitch: () => {
          this.#options.onReceiver(producerId);
          this.pictures.kick();
        },
        onOver: (gap) => this.#letGo(replaced, gap),
      });
      this.#switches.set(producerId, { over, replaced });
    }
    if (receiver.track.kind === 'video') this.pictures.consumerCame(consumer.id);
    this.#options.onReceiver(producerId);
  }

  drop(producerId: string): void {
    const entry = this.#receivers.get(producerId);
    if (!entry) return;
    this.#receivers.delete(producerId);
    this.pictures.consumerGone(entry.consumerId);
    this.#switches.get(producerId)?.over.stop();
    // The former stream may be shown again.
    if (this.#switches.delete(producerId)) this.pictures.kick();
    // Each closing is a negotiation of its own, which affects all other streams of the page; where
    // all streams end soon, the connection ends it.
    if (!this.#draining.has(entry.lane.mediaNodeId)) entry.receiver.close();
    this.#options.onReceiver(producerId);
  }

  dropParticipant(participantId: string): void {
    for (const [producerId, entry] of this.#receivers) if (entry.participantId === participantId) this.drop(producerId);
  }

  dropLane(lane: ReceiveLane): void {
    for (const [producerId, entry] of this.#receivers) if (entry.lane === lane) this.drop(producerId);
  }

  flowsThrough(lane: ReceiveLane, within: number): boolean {
    // Each look waits for the browser's thread of media: in a large call most streams are hidden or
    // silent, and the one that flowed last flows most likely.
    const last = this.#flowed.get(lane);
    if (last && this.#receivers.get(last)?.lane === lane && this.#receivers.get(last)?.receiver.flowing(within))
      return true;
    for (const [producerId, entry] of this.#receivers) {
      if (entry.lane !== lane || producerId === last || !entry.receiver.flowing(within)) continue;
      this.#flowed.set(lane, producerId);
      return true;
    }
    return false;
  }

  expectsThrough(lane: ReceiveLane): boolean {
    return [...this.#receivers].some(
      ([producerId, entry]) => entry.lane === lane && this.#producer(entry.participantId, producerId)?.paused === false,
    );
  }

  laneSilent(lane: ReceiveLane): void {
    for (const [producerId, entry] of this.#receivers) if (entry.lane === lane) this.#options.onLayers(producerId);
  }

  #goOn(networkChanged: boolean): void {
    for (const lane of this.#lanes.values()) lane.resumed(networkChanged);
    this.pictures.kick();
    this.roomChanged();
  }

  *#pictured(): Iterable<{ consumerId: string; producerId: string; copy: Copy | undefined }> {
    for (const [producerId, { consumerId, receiver }] of this.#receivers) {
      if (receiver.track.kind === 'video') yield { consumerId, producerId, copy: this.#copy(producerId) };
    }
  }

  #copy(producerId: string): Copy | undefined {
    if (this.#switches.get(producerId)?.over.waiting) return 'arriving';
    const shown = [...this.#switches.values()].filter(({ over }) => !over.waiting);
    return shown.some(({ replaced }) => replaced === producerId) ? 'leaving' : undefined;
  }

  #producer(participantId: string, producerId: string): RoomProducer | undefined {
    const producers = this.others().find(({ id }) => id === participantId)?.producers;
    return producers?.find(({ id }) => id === producerId);
  }

  /** The stream is not shown any more. */
  #letGo(producerId: string, gap: number): void {
    const entry = this.#receivers.get(producerId);
    if (!entry) return;
    this.drop(producerId);
    // A consumer that is not closed here is closed when its owner closes the producer.
    const ended = { consumerId: entry.consumerId, gap: Math.min(gap, LONGEST_GAP) };
    this.#options.session.request('consumer.close', ended).catch(() => {});
    this.#leaveIdle(entry.lane.mediaNodeId);
  }

  #leaveDrained(): void {
    for (const mediaNodeId of this.#draining) this.#leaveIdle(mediaNodeId);
  }

  /**
   * Closes the transport to a media node whose streams have moved to others, when it carries no
   * media any more.
   */
  #leaveIdle(mediaNodeId: string): void {
    const lane = this.#lanes.get(mediaNodeId);
    if (!lane || [...this.#receivers.values()].some((entry) => entry.lane === lane)) return;
    const producers = this.others().flatMap(({ producers }) => this.takes(producers));
    if (producers.some((producer) => producer.mediaNodeId === mediaNodeId)) return;
    this.#lanes.delete(mediaNodeId);
    lane.close();
  }

  #lane(mediaNodeId: string): ReceiveLane {
    let lane = this.#lanes.get(mediaNodeId);
    if (!lane) {
      lane = new ReceiveLane(mediaNodeId, this);
      this.#lanes.set(mediaNodeId, lane);
    }
    return lane;
  }
}

/**
 * Producers whose stream another one carries on (R10) are received as long as they exist, but not
 * requested.
 */
function withoutReplaced(producers: readonly RoomProducer[]): RoomProducer[] {
  const replaced = new Set(producers.map(({ replaces }) => replaces));
  return producers.filter(({ id }) => !replaced.has(id));
}

/**
 * Milliseconds until the room has reported their end (R4); producers that still exist are requested
 * then.
 */
const LOST_FOR = 5_000;

/** Milliseconds, as in the protocol. */
const LONGEST_GAP = 60_000;
