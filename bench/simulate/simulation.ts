import { isFull, place, publishingCost } from '@waterbus/server-ws/testing/place';
import { Relief } from '@waterbus/server-ws/testing/relief';
import { leastLoaded } from './least-loaded.js';
import { type MediaNode, MediaNodes } from './media-nodes.js';
import { Meetings, type Publisher } from './meetings.js';
import { Random } from './random.js';

export interface Settings {
  nodes: number;
  participants: number;
  /** Server WS that place without knowledge of each other's placements. */
  servers: number;
  seed: number;
  /** Seconds. */
  duration: number;
  strategy: 'waterbus' | 'least-loaded';
}

export type MoveCause = 'drain' | 'loss' | 'relief';

/**
 * Simulates calls on media nodes over time, with the real placement and the real relief. Time is in
 * ticks of a quarter of a second.
 */
export class Simulation {
  now = 0;
  wanted = 0;
  readonly meetings: Meetings;
  readonly nodes: MediaNodes;
  readonly moves: Record<MoveCause, number> = { drain: 0, loss: 0, relief: 0 };
  /** Milliseconds of each placement; differs between runs of a seed. */
  readonly placementTimes: number[] = [];
  placements = 0;
  /**
   * Placements on a draining node, or on a full one while the placing server's view had another
   * with headroom.
   */
  readonly wrong = { draining: 0, full: 0 };
  /** The shortest time between two requests of relief to one publisher, in seconds. */
  shortestReturn = Number.POSITIVE_INFINITY;
  private readonly random: Random;
  private readonly reliefs: Relief[];
  private readonly agenda = new Map<number, (() => void)[]>();
  /** Open transports that their publishers have left. */
  private readonly closing = new Set<string>();
  private readonly requested = new Map<string, Publisher>();

  constructor(readonly settings: Settings) {
    const { nodes, servers, seed, duration } = settings;
    this.random = new Random(seed);
    this.meetings = new Meetings(new Random(seed + 1), duration * TICKS, TICKS, servers);
    this.nodes = new MediaNodes(nodes, servers, TICKS);
    this.reliefs = Array.from({ length: servers }, (_, server) => this.reliefOf(server));
  }

  /** One tick. */
  step(): void {
    for (const work of this.agenda.get(this.now) ?? []) work();
    this.agenda.delete(this.now);
    this.meetings.fill(this.now, this.wanted);
    this.meetings.tick(this.now, {
      resized: ({ publishers }, by) => {
        for (const publisher of publishers) if (publisher.node !== undefined) this.nodes.resize(publisher, by);
      },
      joined: (publisher) => this.place(publisher),
      left: (publisher) => {
        if (publisher.node !== undefined) this.nodes.drop(publisher);
      },
    });
    this.nodes.tick(this.now);
    if (this.now % TICKS === 0) for (const relief of this.reliefs) relief.interval();
    this.now += 1;
  }

  after(seconds: number, work: () => void): void {
    const tick = this.now + Math.max(1, Math.round(seconds * TICKS));
    const all = this.agenda.get(tick);
    if (all) all.push(work);
    else this.agenda.set(tick, [work]);
  }

  /** Asks all publishers of the node to move; each does within two seconds (R10). */
  drain(node: MediaNode): void {
    this.nodes.drain(node);
    for (const publisher of node.publishers) {
      this.after(this.random.next() * MOVES_WITHIN, () => this.move(publisher, node.index, 'drain'));
    }
  }

  /**
   * Ends a node. Its lease expires after three seconds; until then others may be placed on it (R4).
   */
  kill(node: MediaNode): void {
    this.nodes.end(node);
    this.after(LEASE, () => {
      this.nodes.forget(node);
      for (const publisher of [...node.publishers]) {
        this.nodes.drop(publisher);
        this.after(this.random.next() * REPUBLISHES_WITHIN, () => {
          if (publisher.hasLeft) return;
          this.place(publisher);
          this.moves.loss += 1;
        });
      }
    });
  }

  private place(publisher: Publisher, except?: MediaNode): void {
    const { room, home } = publisher;
    const view = this.nodes.views[home]!;
    const holding = new Set<string>();
    for (const { node, visibleFrom } of room.publishers) {
      if (node !== undefined && visibleFrom <= this.now) holding.add(this.nodes.all[node]!.id);
    }
    const placed = { id: room.id, participants: room.present, holding };
    const begun = performance.now();
    const id =
      this.settings.strategy === 'waterbus' ? place(view.all, placed, except?.id) : leastLoaded(view.all, except?.id);
    this.placementTimes.push(performance.now() - begun);
    this.placements += 1;
    // The scenarios always have a candidate.
    const chosen = view.all.get(id!)!;
    if (chosen.draining) this.wrong.draining += 1;
    const open = ({ id, draining, load }: typeof chosen) => !draining && id !== except?.id && !isFull({ load });
    if (isFull(chosen) && [...view.all.values()].some(open)) this.wrong.full += 1;
    const cost = publishingCost(room.present);
    chosen.expect(cost);
    publisher.placements += 1;
    publisher.visibleFrom = this.now + VISIBLE_AFTER;
    this.nodes.carry(publisher, this.nodes.all[indexOf(id!)]!);
  }

  /**
   * Make before break: both nodes forward until the receivers have switched, and the old transport
   * stays for some seconds.
   */
  private move(publisher: Publisher, from: number, cause: MoveCause): void {
    if (publisher.hasLeft || publisher.node !== from) return;
    const old = this.nodes.all[from]!;
    const transport = transportOf(publisher);
    const { packets, streams } = publisher;
    const receivers = publisher.room.present;
    this.nodes.drop(publisher);
    this.place(publisher, old);
    this.moves[cause] += 1;
    old.packets += packets * receivers;
    old.consumers += streams * receivers;
    this.after(SWITCHES_AFTER, () => {
      old.packets -= packets * receivers;
      old.consumers -= streams * receivers;
    });
    this.closing.add(transport);
    this.after(RETIRED_AFTER, () => this.closing.delete(transport));
  }

  private reliefOf(server: number): Relief {
    return new Relief({
      nodes: () => this.nodes.living.filter((node) => node.server === server).map((node) => this.relieved(node)),
      candidates: () => this.nodes.views[server]!.all,
      requestMove: async (_, { transportId }) => this.relieve(transportId),
      logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    });
  }

  /** A node in the interface of relief. */
  private relieved(node: MediaNode) {
    return {
      id: node.id,
      load: () => ({ cpu: node.cpu }),
      sendings: () =>
        [...node.publishers].map((publisher) => {
          const transportId = transportOf(publisher);
          const weight = publisher.packets * (publisher.room.present - 1);
          this.requested.set(transportId, publisher);
          return { transportId, roomId: publisher.room.id, weight, asker: '' };
        }),
      isOpen: (transportId: string) => {
        const publisher = this.requested.get(transportId);
        return (
          this.closing.has(transportId) ||
          (publisher !== undefined && !publisher.hasLeft && transportOf(publisher) === transportId)
        );
      },
    };
  }

  private relieve(transportId: string): void {
    const publisher = this.requested.get(transportId)!;
    // Like the publisher's home (`ParticipantMedia.leave`).
    const before = publisher.relieved.at(-1);
    if (before !== undefined && this.now - before < STAYS * TICKS) throw new Error('it has moved just now');
    publisher.relieved.push(this.now);
    if (before !== undefined) this.shortestReturn = Math.min(this.shortestReturn, (this.now - before) / TICKS);
    this.after(this.random.next() * MOVES_WITHIN, () => {
      if (publisher.hasLeft || transportOf(publisher) !== transportId) return;
      this.move(publisher, publisher.node!, 'relief');
    });
  }
}

function transportOf({ serial, placements }: Publisher): string {
  return `${serial}.${placements}`;
}

function indexOf(id: string): number {
  return Number(id.slice('media-'.length));
}

/** Ticks in a second. */
export const TICKS = 4;

/**
 * Ticks from the placement of a publisher until other servers see it in the room: connecting,
 * producing, the room's event.
 */
const VISIBLE_AFTER = 2;

/**
 * Seconds, as measured by the SDK's tests: an answer and a connection; a first picture there; then
 * the old transport stays for 5 s.
 */
const MOVES_WITHIN = 2;
const SWITCHES_AFTER = 2;
const RETIRED_AFTER = 6;

/** Seconds after a request to move in which a publisher gets no other. */
const STAYS = 30;

/** Seconds (R4, R11). */
const LEASE = 3;
const REPUBLISHES_WITHIN = 1;
