import type { Clock } from '../clock.js';
import {
  LEASE_EXPIRY,
  LEASE_HEARTBEAT,
  type Lease,
  type NodeEvent,
  type NodeKind,
  type NodeRecord,
  type NodeRegistry,
} from '../cluster.js';
import type { Mishaps } from '../mishaps.js';
import { Listeners } from './listeners.js';
import type { Member } from './member.js';

interface HeldLease {
  member: Member;
  record: NodeRecord;
  /** Monotonic time of the last heartbeat. */
  heardAt: number;
}

/** Leases of all members (R4). */
export class NodeHub {
  readonly #clock: Clock;
  readonly #leases = new Map<string, HeldLease>();
  readonly #listeners: Listeners<NodeEvent>;
  #cancelBeat: (() => void) | undefined;

  constructor(clock: Clock, mishaps: Mishaps) {
    this.#clock = clock;
    this.#listeners = new Listeners(mishaps, 'nodes');
  }

  for(member: Member): NodeRegistry {
    return {
      register: async (record) => {
        member.assertOpen();
        return this.#register(member, structuredClone(record));
      },
      get: async (nodeId) => {
        member.assertOpen();
        return structuredClone(this.#leases.get(nodeId)?.record);
      },
      list: async (kind?: NodeKind) => {
        member.assertOpen();
        const records = [...this.#leases.values()].map((lease) => lease.record);
        return structuredClone(kind ? records.filter((record) => record.kind === kind) : records);
      },
      watch: async (listener) => {
        member.assertOpen();
        return this.#listeners.add(member, listener);
      },
    };
  }

  /** Releases all nodes of the member. */
  releaseAll(member: Member): void {
    for (const lease of this.#leases.values()) if (lease.member === member) this.#end(lease, 'released');
  }

  drop(member: Member): void {
    this.#listeners.drop(member);
  }

  #register(member: Member, record: NodeRecord): Lease {
    if (this.#leases.has(record.id)) throw new Error(`Node id ${record.id} is held already`);
    const lease: HeldLease = { member, record, heardAt: this.#clock.now() };
    this.#leases.set(record.id, lease);
    this.#listeners.emit({ type: 'up', node: record });
    this.#cancelBeat ??= this.#clock.after(LEASE_HEARTBEAT, () => this.#beat());
    return {
      nodeId: record.id,
      update: async (change) => {
        member.assertOpen();
        if (!this.#held(lease)) throw new Error(`The lease of node ${record.id} has ended`);
        lease.record = { ...lease.record, ...structuredClone(change) };
        this.#listeners.emit({ type: 'changed', node: lease.record });
      },
      release: async () => {
        if (this.#held(lease) && !member.ended) this.#end(lease, 'released');
      },
    };
  }

  /**
   * Renews the leases of living members before it checks for expiry, so that a stalled event loop
   * expires no living lease.
   */
  #beat(): void {
    const now = this.#clock.now();
    for (const lease of this.#leases.values()) if (!lease.member.ended) lease.heardAt = now;
    for (const lease of this.#leases.values()) if (now - lease.heardAt >= LEASE_EXPIRY) this.#end(lease, 'expired');
    this.#cancelBeat = this.#leases.size > 0 ? this.#clock.after(LEASE_HEARTBEAT, () => this.#beat()) : undefined;
  }

  #held(lease: HeldLease): boolean {
    return this.#leases.get(lease.record.id) === lease;
  }

  #end(lease: HeldLease, reason: 'expired' | 'released'): void {
    this.#leases.delete(lease.record.id);
    this.#listeners.emit({ type: 'down', node: lease.record, reason });
    if (this.#leases.size > 0) return;
    this.#cancelBeat?.();
    this.#cancelBeat = undefined;
  }
}
