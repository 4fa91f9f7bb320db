import { isDeepStrictEqual } from 'node:util';
import type { NodeEvent } from '../../cluster.js';
import type { Member } from '../member.js';
import { RETURN_GRACE, tableScript } from './lease-scripts.js';
import { type HeldRecord, type NodeChange, readChange, readTable } from './node-table.js';

/**
 * The nodes of which this member has notified its watchers. It follows the table of leases like a
 * room: by versioned events, and by the whole table when an event is missing (R1), so that each
 * watcher receives `down` once for each lost node.
 */
export class NodeView {
  #leases = new Map<string, HeldRecord>();
  #version = 0;
  #generation = '';
  #fetching: Promise<void> | undefined;
  #held: NodeChange[] = [];
  /** Nodes that are missing from a recreated table, and may return (R6). */
  readonly #missing = new Set<string>();
  #cancelGrace: (() => void) | undefined;
  #ended = false;

  constructor(
    private readonly member: Member,
    private readonly emit: (event: NodeEvent) => void,
  ) {}

  async open(): Promise<void> {
    await this.member.connection.subscribe(this.member.keys.nodes.events, {
      message: (text) => this.#hear(text),
      gap: () => this.refresh(),
    });
    await this.#fetch();
  }

  /** Compares with the state of the table in a heartbeat's reply. */
  compare(generation: string, version: number): void {
    if (generation !== this.#generation || version > this.#version) this.refresh();
  }

  refresh(): void {
    // Fails only while Redis is away, and is repeated later.
    this.#fetch().catch(() => {});
  }

  end(): void {
    this.#ended = true;
    this.#cancelGrace?.();
  }

  #hear(text: string): void {
    const change = readChange(text);
    if (!change) this.member.tally.count('messagesInvalid', { what: 'node event' });
    else if (this.#fetching) this.#held.push(change);
    else this.#follow(change);
  }

  #follow(change: NodeChange): void {
    if (change.version <= this.#version) return;
    if (change.version !== this.#version + 1) {
      this.refresh();
      return;
    }
    this.#version = change.version;
    const { node, token } = change;
    if (change.type === 'down') this.#remove(node.id, change.reason, token);
    else this.#set(node.id, { token, record: node });
  }

  #fetch(): Promise<void> {
    this.#fetching ??= this.#readTable().finally(() => {
      this.#fetching = undefined;
      const held = this.#held;
      this.#held = [];
      for (const change of held) this.#follow(change);
    });
    return this.#fetching;
  }

  async #readTable(): Promise<void> {
    const reply = await this.member.connection.script(tableScript, this.member.keys.leases, []);
    if (this.member.ended) return;
    const { generation, version, leases } = readTable(reply);
    const anew = this.#generation !== '' && generation !== this.#generation;
    this.#generation = generation;
    this.#version = version;
    for (const id of [...this.#leases.keys()]) {
      if (leases.has(id) || this.#missing.has(id)) continue;
      if (anew) this.#missing.add(id);
      else this.#remove(id, 'expired');
    }
    for (const [id, lease] of leases) this.#set(id, lease);
    if (anew) this.#beginGrace();
  }

  #beginGrace(): void {
    this.#cancelGrace?.();
    if (this.#ended) return;
    this.#cancelGrace = this.member.clock.after(RETURN_GRACE, () => {
      this.#cancelGrace = undefined;
      this.#fetch().then(
        () => {
          // The table may have been recreated once more.
          if (this.#cancelGrace) return;
          for (const id of [...this.#missing]) this.#remove(id, 'expired');
        },
        // Redis is away again: no node could return in this time.
        () => this.#beginGrace(),
      );
    });
  }

  #set(id: string, lease: HeldRecord): void {
    const known = this.#leases.get(id);
    // Lost and back without an event received here.
    if (known && known.token !== lease.token) this.#remove(id, 'expired');
    this.#missing.delete(id);
    const before = this.#leases.get(id);
    this.#leases.set(id, lease);
    if (!before) this.emit({ type: 'up', node: lease.record });
    else if (!isDeepStrictEqual(before.record, lease.record)) this.emit({ type: 'changed', node: lease.record });
  }

  #remove(id: string, reason: 'expired' | 'released', token?: string): void {
    const known = this.#leases.get(id);
    if (!known || (token !== undefined && token !== known.token)) return;
    this.#leases.delete(id);
    this.#missing.delete(id);
    this.emit({ type: 'down', node: known.record, reason });
  }
}
