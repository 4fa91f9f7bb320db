import { Candidates } from '@waterbus/server-ws/testing/candidates';
import { PACKET_COST } from './load-model.js';
import type { Publisher } from './meetings.js';

export interface MediaNode {
  id: string;
  index: number;
  /** The Server WS that owns it. */
  server: number;
  state: 'up' | 'draining' | 'gone';
  publishers: Set<Publisher>;
  /** Packets forwarded per second, including those of publishers in a move. */
  packets: number;
  consumers: number;
  /** `packets` at the last ticks, newest last. */
  history: number[];
  /** The last reported value. */
  cpu: number;
}

/**
 * The media nodes themselves, and each Server WS's view of them through reports: once a second,
 * about the second before.
 */
export class MediaNodes {
  readonly all: MediaNode[] = [];
  readonly views: Candidates[];

  constructor(
    count: number,
    private readonly servers: number,
    private readonly ticksPerSecond: number,
  ) {
    this.views = Array.from({ length: servers }, () => new Candidates());
    for (let i = 0; i < count; i += 1) this.add(Math.floor((i * servers) / count));
  }

  add(server: number): MediaNode {
    const index = this.all.length;
    const node: MediaNode = {
      id: `media-${index}`,
      index,
      server,
      state: 'up',
      publishers: new Set(),
      packets: 0,
      consumers: 0,
      history: [],
      cpu: 0,
    };
    this.all.push(node);
    this.report(node);
    return node;
  }

  get living(): MediaNode[] {
    return this.all.filter(({ state }) => state !== 'gone');
  }

  /** Share of its core that a node needs; above 1 beyond its capacity. */
  load(node: MediaNode): number {
    return node.packets * PACKET_COST;
  }

  /** Adds the cost of a publisher to its node, including its incoming packets. */
  carry(publisher: Publisher, node: MediaNode): void {
    publisher.node = node.index;
    node.publishers.add(publisher);
    this.resize(publisher, publisher.room.present);
  }

  drop(publisher: Publisher): void {
    const node = this.all[publisher.node!]!;
    this.resize(publisher, -publisher.room.present);
    node.publishers.delete(publisher);
    publisher.node = undefined;
  }

  /** Adds this number of receivers. */
  resize(publisher: Publisher, by: number): void {
    const node = this.all[publisher.node!]!;
    node.packets += by * publisher.packets;
    node.consumers += by * publisher.streams;
  }

  drain(node: MediaNode): void {
    node.state = 'draining';
    for (const view of this.views) view.drain(node.id, true);
  }

  /** Ends the node at once; the servers keep it until `forget`. */
  end(node: MediaNode): void {
    node.state = 'gone';
  }

  forget(node: MediaNode): void {
    for (const view of this.views) view.remove(node.id);
  }

  /** A quarter of the nodes reports in each tick, because real nodes do not report in step. */
  tick(now: number): void {
    for (const node of this.all) {
      if (node.state === 'gone') continue;
      node.history.push(node.packets);
      if (node.history.length > UNSEEN + this.ticksPerSecond) node.history.shift();
      if ((now + node.index) % this.ticksPerSecond === 0) this.report(node);
    }
  }

  private report(node: MediaNode): void {
    const seen = node.history.slice(0, this.ticksPerSecond);
    const packets = seen.reduce((sum, each) => sum + each, 0) / Math.max(1, seen.length);
    // A report cannot exceed a whole core, even when the node needs more.
    node.cpu = Math.min(1, Math.max(0, packets * PACKET_COST));
    const load = { cpu: node.cpu, consumers: node.consumers };
    for (let server = 0; server < this.servers; server += 1) {
      const local = server === node.server;
      this.views[server]!.update(node.id, { local, draining: node.state === 'draining', load });
    }
  }
}

/** Ticks from opening a transport to its packets; connecting takes most of a second. */
const UNSEEN = 3;
