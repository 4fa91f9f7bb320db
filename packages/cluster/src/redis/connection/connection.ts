import { Histograms, LATENCY_BOUNDS, type Tracer } from '@waterbus/telemetry';
import { ErrorReply } from 'redis';
import type { Clock } from '../../clock.js';
import type { StoreFigures, Unsubscribe } from '../../cluster.js';
import type { Logger } from '../../logger.js';
import { type Mishaps, surely } from '../../mishaps.js';
import { Link } from './link.js';
import { locatePrimary } from './primary.js';
import type { Script } from './script.js';
import { SLOTS, slotOf } from './slots.js';
import {
  clientOptions,
  locateSlots,
  type RedisAddress,
  type RedisTopology,
  readSlots,
  type SlotRange,
} from './topology.js';
import { unavailable } from './unavailable.js';

interface Listener {
  message(message: string): void;
  /** Messages may have been missed before this. */
  gap?(): void;
  /** A message that arrived after the last listener had stopped and before Redis processed it. */
  late?(message: string): void;
}

/**
 * A member's connection to Redis, for any topology: commands go to the primary that serves their
 * key's slot, over one `Link` each. Links are managed here rather than by node-redis' own Cluster
 * and Sentinel clients, because room versions depend on the server process that answered, and a
 * member must detect at once that it is cut off.
 */
export class Connection {
  /**
   * Called when Redis is back after an outage, or slots have another primary: the latest writes may
   * be lost, and the failed ones are missing (R6).
   */
  onReturn: (() => void) | undefined;
  readonly #durations = new Histograms<'outcome'>(LATENCY_BOUNDS);
  readonly #links = new Map<string, Link>();
  /** By slot; one entry for all slots without a Cluster. */
  #serving: (Link | undefined)[] = [];
  readonly #channels = new Map<string, Set<Listener>>();
  /** Channels whose unsubscription is pending. */
  readonly #leaving = new Map<string, Promise<void>>();
  /** The last listener of each such channel. */
  readonly #parting = new Map<string, Listener>();
  #refreshing: Promise<void> | undefined;
  #cancelPoll: (() => void) | undefined;
  #closed = false;

  constructor(
    private readonly topology: RedisTopology,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly tally: Mishaps,
    private readonly tracer: Tracer,
  ) {}

  /** Resolves once every slot is served. */
  async open(): Promise<void> {
    if ('clusterNodes' in this.topology) {
      await this.#refresh();
      this.#poll();
    } else {
      const { topology, clock } = this;
      const link = this.#newLink('primary', () => locatePrimary(topology, clock));
      this.#serving = new Array(SLOTS).fill(link);
      await link.open();
    }
  }

  /** Sends one command about `key`. */
  command(key: string, args: string[]): Promise<unknown> {
    return this.#traced(args[0] ?? '', () => this.#routed(key, (link) => link.send(args)));
  }

  /**
   * Runs a script whose keys share a slot. Its first argument is the run id of the server that runs
   * it. An `urgent` command is sent before those that wait.
   */
  script(script: Script, keys: [string, ...string[]], args: string[], options?: { urgent: boolean }): Promise<unknown> {
    const run = (link: Link) => script.run(link, keys, [link.runId, ...args], options);
    return this.#traced('EVALSHA', () => this.#routed(keys[0], run));
  }

  /** Whether two keys are served over one link, which keeps the order of commands. */
  together(one: string, other: string): boolean {
    return this.#serving[slotOf(one)] === this.#serving[slotOf(other)];
  }

  async subscribe(channel: string, listener: Listener): Promise<Unsubscribe> {
    const known = this.#channels.get(channel);
    const listeners = known ?? new Set<Listener>();
    listeners.add(listener);
    this.#channels.set(channel, listeners);
    const stop = () => {
      listeners.delete(listener);
      if (listeners.size > 0 || this.#channels.get(channel) !== listeners) return;
      this.#channels.delete(channel);
      this.#leave(channel, listener);
    };
    try {
      // node-redis would not subscribe to a channel while its unsubscription is pending.
      while (this.#leaving.has(channel)) await this.#leaving.get(channel);
      await this.#routed(channel, (link) => link.subscribe(channel));
    } catch (error) {
      stop();
      throw error;
    }
    return stop;
  }

  figures(): StoreFigures {
    const links = [...this.#links.values()];
    return { isUp: links.length > 0 && links.every(({ ready }) => ready), commands: this.#durations.read() };
  }

  get pending(): number {
    let pending = 0;
    for (const link of this.#links.values()) pending += link.pending;
    return pending;
  }

  /**
   * Resolves when every link that is up has answered, and so has delivered the messages sent to it
   * before.
   */
  async barrier(): Promise<void> {
    await Promise.all([...this.#links.values()].map((link) => link.send(['PING']).catch(() => {})));
  }

  close(): void {
    this.#closed = true;
    this.#cancelPoll?.();
    this.#channels.clear();
    for (const link of this.#links.values()) link.close();
  }

  #leave(channel: string, last: Listener): void {
    const left = this.#serving[slotOf(channel)]?.unsubscribe(channel);
    if (!left) return;
    const leaving = left.then(() => {
      if (this.#leaving.get(channel) !== leaving) return;
      this.#leaving.delete(channel);
      this.#parting.delete(channel);
    });
    this.#leaving.set(channel, leaving);
    this.#parting.set(channel, last);
  }

  /** The command alone: keys and values hold ids and states of people. */
  #traced<T>(command: string, work: () => Promise<T>): Promise<T> {
    const attributes = { 'db.system.name': 'redis', 'db.operation.name': command };
    return this.tracer.run({ name: `redis ${command}`, kind: 'client', attributes }, work);
  }

  async #routed<T>(key: string, work: (link: Link) => Promise<T>): Promise<T> {
    const slot = slotOf(key);
    for (let attempt = 1; ; attempt += 1) {
      const link = this.#serving[slot];
      if (!link || this.#closed) throw unavailable('Redis is away');
      try {
        return await work(link);
      } catch (error) {
        const moving = error instanceof ErrorReply && /^(MOVED|ASK|TRYAGAIN) /.exec(error.message)?.[1];
        if (!moving) throw error;
        if (attempt >= MOST_REDIRECTIONS) throw unavailable('The slot is on its way to another Redis server');
        // ASK and TRYAGAIN last as long as the slot is on its way (Redis Cluster specification);
        // the command has not been carried out.
        if (moving === 'MOVED') await this.#refresh(error.message.split(' ')[2]);
        else await this.#pause();
      }
    }
  }

  #newLink(name: string, locate: () => ReturnType<typeof locatePrimary>): Link {
    const link: Link = new Link(locate, this.clock, this.logger, {
      ready: (again) => this.#linkReady(link, again),
      failed: () => this.#linkFailed(),
      message: (channel, message) => {
        const listeners = this.#channels.get(channel);
        for (const listener of listeners ?? []) surely(this.tally, channel, () => listener.message(message));
        if (!listeners) surely(this.tally, channel, () => this.#parting.get(channel)?.late?.(message));
      },
      moved: (channel) => this.#channelMoved(channel),
      answered: (outcome, milliseconds) => this.#durations.observe({ outcome }, milliseconds / 1000),
    });
    this.#links.set(name, link);
    return link;
  }

  #linkReady(link: Link, again: boolean): void {
    this.#resubscribe((slot) => this.#serving[slot] === link);
    if (again) this.onReturn?.();
  }

  #channelMoved(moved: string): void {
    this.#refresh()
      .catch(() => {})
      .finally(() => this.#resubscribe((_, channel) => channel === moved));
  }

  #linkFailed(): void {
    if (!this.#closed && 'clusterNodes' in this.topology) this.#refresh().catch(() => {});
  }

  #resubscribe(concerns: (slot: number, channel: string) => boolean): void {
    for (const [channel, listeners] of this.#channels) {
      const slot = slotOf(channel);
      if (!concerns(slot, channel)) continue;
      this.#serving[slot]?.subscribe(channel).then(
        () => {
          for (const listener of listeners) surely(this.tally, channel, () => listener.gap?.());
        },
        (error: unknown) => {
          // An unavailable link subscribes again once it is up; a slot that moved meanwhile, once
          // its server is known.
          if (error instanceof ErrorReply) this.#linkFailed();
        },
      );
    }
  }

  /**
   * node-redis does not report a subscription that a server ended while a command was under way, so
   * a member that only listens has to poll.
   */
  #poll(): void {
    this.#cancelPoll = this.clock.after(SLOT_POLL, () => {
      this.#refresh().catch(() => {});
      this.#poll();
    });
  }

  /**
   * `knowing`: the address of a node that knows the new owner before the others may have learned
   * it.
   */
  #refresh(knowing?: string): Promise<void> {
    this.#refreshing ??= this.#readSlots(knowing).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #readSlots(knowing?: string): Promise<void> {
    const { topology } = this;
    if (!('clusterNodes' in topology)) return;
    const ranges =
      (await this.#askForSlots(knowing)) ?? (await locateSlots(topology.clusterNodes, topology, this.clock));
    if (this.#closed) return;
    const before = this.#serving;
    const serving: (Link | undefined)[] = new Array(SLOTS).fill(undefined);
    const opening: Promise<void>[] = [];
    for (const { start, end, address } of ranges) {
      const name = `${address.host}|${address.port}`;
      let link = this.#links.get(name);
      if (!link) {
        link = this.#newLink(name, async () => clientOptions(address, topology));
        opening.push(link.open());
      }
      serving.fill(link, start, end + 1);
    }
    this.#serving = serving;
    for (const [name, link] of this.#links) {
      if (serving.includes(link)) continue;
      link.close();
      this.#links.delete(name);
    }
    const moved = (slot: number) => before[slot] !== undefined && before[slot] !== serving[slot];
    for (const channel of this.#channels.keys()) {
      const slot = slotOf(channel);
      if (moved(slot)) before[slot]?.unsubscribe(channel);
    }
    const opened = await Promise.allSettled(opening);
    const failure = opened.find((result) => result.status === 'rejected');
    if (failure && before.length === 0) throw failure.reason;
    if (this.#closed || !before.some((_, slot) => moved(slot))) return;
    this.#resubscribe((slot) => moved(slot) && (serving[slot]?.ready ?? false));
    this.onReturn?.();
  }

  /** Over a link that is up, so that the query costs no connection. */
  async #askForSlots(knowing?: string): Promise<SlotRange[] | undefined> {
    const knows = ([name]: [string, Link]) => Number(name.replace('|', ':') === knowing);
    for (const [name, link] of [...this.#links].sort((one, other) => knows(other) - knows(one))) {
      const reply = link.ready && (await link.send(['CLUSTER', 'SLOTS']).catch(() => undefined));
      const ranges = readSlots(reply, readName(name));
      if (ranges.length > 0) return ranges;
    }
    return undefined;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.clock.after(REDIRECTION_PAUSE, resolve));
  }
}

function readName(name: string): RedisAddress {
  const [host = '', port] = name.split('|');
  return { host, port: Number(port) };
}

/**
 * Milliseconds between two queries for the primaries of the slots: well within the 5 s in which
 * rooms converge (R6).
 */
const SLOT_POLL = 2000;

/** Attempts at one command while slots move. */
const MOST_REDIRECTIONS = 5;

/** Milliseconds; a slot's keys move one by one, each within a few. */
const REDIRECTION_PAUSE = 50;
