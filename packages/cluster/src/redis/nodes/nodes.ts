import { randomUUID } from 'node:crypto';
import {
  LEASE_HEARTBEAT,
  type Lease,
  type NodeEvent,
  type NodeKind,
  type NodeRecord,
  type NodeRegistry,
  type Unsubscribe,
} from '../../cluster.js';
import { surely } from '../../mishaps.js';
import type { Script } from '../connection/script.js';
import type { Member } from '../member.js';
import {
  heartbeatScript,
  RETURN_GRACE,
  registerScript,
  releaseScript,
  tableScript,
  updateScript,
} from './lease-scripts.js';
import { readLease, readTable } from './node-table.js';
import { NodeView } from './node-view.js';

interface OwnLease {
  token: string;
  /** Undefined for the member's own lease. */
  record: NodeRecord | undefined;
}

/** The leases of this member, and its view of the others' (R4, R6). */
export class RedisNodes implements NodeRegistry {
  readonly #own = new Map<string, OwnLease>();
  readonly #listeners = new Set<(event: NodeEvent) => void>();
  readonly #resetListeners = new Set<() => void>();
  readonly #view: NodeView;
  #generation = '';
  #served = '0';
  #sentAt = 0;
  #beating = false;
  #beatAgain = false;
  #resetPending = false;
  #resetAt = Number.NEGATIVE_INFINITY;
  #cancelBeat: (() => void) | undefined;

  constructor(private readonly member: Member) {
    this.#view = new NodeView(member, (event) => {
      for (const listener of [...this.#listeners])
        surely(member.tally, 'nodes', () => listener(structuredClone(event)));
    });
    this.#own.set(leaseIdOf(member.id), { token: this.#token(), record: undefined });
  }

  async open(): Promise<void> {
    // No message is sent there: the subscription itself shows that this member is connected.
    await this.member.connection.subscribe(this.member.keys.connected(this.member.id), { message: () => {} });
    await this.#heartbeat();
    await this.#view.open();
    this.#schedule();
  }

  async register(given: NodeRecord): Promise<Lease> {
    this.member.assertOpen();
    const record = structuredClone(given);
    const lease: OwnLease = { token: this.#token(), record };
    const { id } = record;
    const isHeld = () => this.#own.get(id) === lease;
    const held = await this.#script(registerScript, [id, lease.token, JSON.stringify(record)]).catch((error) => {
      // It may have been carried out nevertheless.
      this.#script(releaseScript, [id, lease.token]).catch(() => {});
      throw error;
    });
    if (Number(held) !== 1) throw new Error(`Node id ${id} is held already`);
    this.#own.set(id, lease);
    return {
      nodeId: id,
      update: async (change) => {
        this.member.assertOpen();
        if (!isHeld()) throw new Error(`The lease of node ${id} has ended`);
        // If this fails, the next heartbeat carries the record.
        lease.record = { ...record, ...lease.record, ...structuredClone(change) };
        const args = [id, lease.token, JSON.stringify(lease.record)];
        if (Number(await this.#script(updateScript, args)) !== 1) this.#forget(id);
        if (!isHeld()) throw new Error(`The lease of node ${id} has ended`);
      },
      release: async () => {
        if (!isHeld() || this.member.ended) return;
        this.#own.delete(id);
        await this.#script(releaseScript, [id, lease.token]);
      },
    };
  }

  async get(nodeId: string): Promise<NodeRecord | undefined> {
    this.member.assertOpen();
    const { records } = this.member.keys.nodes;
    return readLease(await this.member.connection.command(records, ['HGET', records, nodeId]))?.record;
  }

  async list(kind?: NodeKind): Promise<NodeRecord[]> {
    this.member.assertOpen();
    const { leases } = readTable(await this.#script(tableScript, []));
    const records = [...leases.values()].map(({ record }) => record);
    return kind ? records.filter((record) => record.kind === kind) : records;
  }

  async watch(listener: (event: NodeEvent) => void): Promise<Unsubscribe> {
    this.member.assertOpen();
    const own = (event: NodeEvent) => listener(event);
    const { lost } = this.member.keys.nodes;
    const unattended = await this.member.connection.command(lost, ['HVALS', lost]);
    for (const text of Array.isArray(unattended) ? unattended : []) {
      const lease = readLease(text);
      if (lease) surely(this.member.tally, 'nodes', () => own({ type: 'down', node: lease.record, reason: 'expired' }));
    }
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  onReset(listener: () => void): Unsubscribe {
    const own = () => listener();
    this.#resetListeners.add(own);
    return () => this.#resetListeners.delete(own);
  }

  /** Redis is back, and some members may not have asserted their state yet. */
  get recovering(): boolean {
    return this.#resetPending || this.member.clock.now() - this.#resetAt < RETURN_GRACE;
  }

  /** Redis is back: take the leases again, then notify the listeners. */
  redisReturned(): void {
    this.#resetPending = true;
    this.#beat();
  }

  /**
   * Whether a member is certainly lost: its lease has run out, and not only because the table of
   * leases was recreated.
   */
  async isGone(memberId: string): Promise<boolean> {
    if (this.recovering) return false;
    const { records } = this.member.keys.nodes;
    return (await this.member.connection.command(records, ['HEXISTS', records, leaseIdOf(memberId)])) === 0;
  }

  /** Sends a heartbeat now; also when another one is under way, which may fail. */
  #beat(): void {
    if (this.#beating) {
      this.#beatAgain = true;
      return;
    }
    this.#beating = true;
    this.#heartbeat()
      .catch(() => {})
      .finally(() => {
        this.#beating = false;
        if (!this.#beatAgain || this.member.ended) return;
        this.#beatAgain = false;
        this.#beat();
      });
  }

  /** Releases all nodes of the member. */
  async releaseAll(): Promise<void> {
    const leases = [...this.#own];
    this.#own.clear();
    await Promise.all(leases.map(([id, { token }]) => this.#script(releaseScript, [id, token])));
  }

  end(): void {
    this.#cancelBeat?.();
    this.#view.end();
    this.#listeners.clear();
    this.#resetListeners.clear();
  }

  #token(): string {
    return `${this.member.id}/${randomUUID()}`;
  }

  #schedule(): void {
    this.#cancelBeat = this.member.clock.after(LEASE_HEARTBEAT, () => {
      this.#schedule();
      this.#beat();
    });
  }

  async #heartbeat(): Promise<void> {
    const sentAt = this.member.clock.now();
    const passed = String(Math.round(sentAt - this.#sentAt));
    const leases = [...this.#own].flatMap(([id, { token, record }]) => [
      id,
      token,
      record ? JSON.stringify(record) : '',
    ]);
    const args = [this.#generation, this.#served, passed, randomUUID(), ...leases];
    // A member with many commands under way must not expire meanwhile.
    const reply = await this.#script(heartbeatScript, args, { urgent: true });
    if (this.member.ended || !Array.isArray(reply)) return;
    const [generation, served, version, taken, refused] = reply;
    const first = this.#generation === '';
    const anew = !first && this.#generation !== String(generation);
    this.#generation = String(generation);
    this.#served = String(served);
    this.#sentAt = sentAt;
    if (Array.isArray(refused)) for (const id of refused) this.#forget(String(id));
    if (!first) this.#view.compare(this.#generation, Number(version));
    if (first || !(anew || this.#resetPending || (Array.isArray(taken) && taken.length > 0))) return;
    this.#resetPending = false;
    this.#resetAt = sentAt;
    this.member.logger.warn({ leases: taken }, 'Redis is back; asserting again what may be gone');
    for (const listener of [...this.#resetListeners]) surely(this.member.tally, 'reset', listener);
  }

  #forget(id: string): void {
    if (this.#own.delete(id)) this.member.logger.warn({ nodeId: id }, 'Another member holds the id of this node');
  }

  #script(script: Script, args: string[], options?: { urgent: boolean }): Promise<unknown> {
    return this.member.connection.script(script, this.member.keys.leases, args, options);
  }
}

/**
 * A member holds a lease as well, so that others can detect its loss. No node's id contains a
 * slash.
 */
function leaseIdOf(memberId: string): string {
  return `member/${memberId}`;
}
