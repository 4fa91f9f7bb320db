import { describe, expect, it } from 'vitest';
import { clusterContract } from '../../test/contract/cluster-contract.js';
import { join, node } from '../../test/contract/rooms-and-nodes.js';
import { VirtualClock } from '../../test/virtual-clock.js';
import type { Cluster } from '../cluster.js';
import { createInProcessCluster, type InProcessCluster } from '../in-process/in-process-cluster.js';
import type { ClusterChannel } from './channel.js';
import { HostedMember } from './hosting.js';
import { joinSharedCluster } from './shared-cluster.js';

/** JSON in both directions, one message in each turn of the event loop. */
class Wire {
  readonly #ends = [new WireEnd(), new WireEnd()] as const;
  closed = false;

  constructor() {
    const [a, b] = this.#ends;
    a.other = b;
    b.other = a;
  }

  get host(): ClusterChannel {
    return this.#ends[0];
  }

  get member(): ClusterChannel {
    return this.#ends[1];
  }

  close(end: 'host' | 'member'): void {
    const [host, member] = this.#ends;
    host.cut = true;
    member.cut = true;
    for (const listener of (end === 'host' ? host : member).closings) listener();
  }
}

class WireEnd implements ClusterChannel {
  other: WireEnd = this;
  cut = false;
  readonly closings: (() => void)[] = [];
  readonly #listeners: ((message: unknown) => void)[] = [];

  send(message: unknown): void {
    const text = JSON.stringify(message);
    setImmediate(() => {
      if (!this.cut) for (const listener of this.other.#listeners) listener(JSON.parse(text));
    });
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#listeners.push(listener);
  }

  onClose(listener: () => void): void {
    this.closings.push(listener);
  }
}

const turns = async (count = 10) => {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
};

clusterContract('Shared', async () => {
  const clock = new VirtualClock();
  const root = createInProcessCluster({ clock });
  const members: Cluster[] = [];
  const wires = new Map<Cluster, Wire>();
  return {
    connect: async () => {
      const wire = new Wire();
      new HostedMember(root, wire.host);
      const member = joinSharedCluster(wire.member, { clock });
      wires.set(member, wire);
      members.push(member);
      return member;
    },
    kill: async (member) => wires.get(member)?.close('host'),
    advance: async (milliseconds) => {
      await turns();
      await clock.advance(milliseconds);
      await turns();
    },
    date: () => clock.date(),
    until: async (condition) => {
      for (let turn = 0; turn < 1000 && !condition(); turn += 1) {
        await clock.advance(0);
        await turns(1);
      }
      expect(condition()).toBe(true);
    },
    close: async () => {
      for (const wire of wires.values()) wire.close('host');
      await root.close();
    },
  };
});

describe('R6: a member whose cluster ends', () => {
  it('goes on with rooms, homes, tokens, records, listeners and handlers that it was handed', async () => {
    const { clock, root, hosted, member } = shared();
    const events: unknown[] = [];
    await root.nodes.register(node('old'));
    await member.nodes.register(node('new'));
    await member.nodes.watch(({ type, node: { id } }) => events.push(`${id} ${type}`));
    await member.rooms.watch('room', ({ version }) => events.push(version));
    await member.bus.subscribe('topic', (message) => events.push(message));
    await member.bus.serve('new', async () => 'served');
    const resets: string[] = [];
    member.onReset(() => resets.push('reset'));
    await join(root, 'a', 'old');
    const home = await join(member, 'b', 'new');
    const before = await member.rooms.snapshot('room');
    expect(await member.tokens.use('token', clock.date() + 1000)).toBe(true);
    await member.streams.append('records', 'first');
    await turns();
    events.splice(0);

    await root.close();
    await hosted.handOver();
    const late = member.rooms.snapshot('room');
    await turns();
    expect(await late).toEqual(before);
    expect(events).toEqual(['old down']);
    expect(await member.nodes.list()).toMatchObject([{ id: 'new' }]);
    expect(await member.tokens.use('token', clock.date() + 1000)).toBe(false);
    expect(await member.bus.request('new', 'm', {})).toBe('served');
    const records: unknown[] = [];
    await member.streams.consume('records', 'group', async ({ body }) => void records.push(body));
    await member.bus.publish('topic', 'news');
    const left = { type: 'participant.left', participantId: 'b', reason: 'left' } as const;
    expect(await member.rooms.apply('room', left, home)).toMatchObject({ version: before!.version + 1 });
    await turns();
    expect([records, resets]).toEqual([['first'], []]);
    expect(events).toEqual(['old down', 'news', before!.version + 1]);
    await clock.advance(10_000);
    expect(await member.nodes.list()).toHaveLength(1);
  });

  it('goes on without a state when the other process has crashed, and has its members assert theirs', async () => {
    const { wire, member } = shared();
    await member.nodes.register(node('new'));
    const home = await join(member, 'b', 'new');
    const before = await member.rooms.snapshot('room');
    const [participant] = before!.participants;
    let reset = false;
    member.onReset(() => {
      reset = true;
    });
    const unanswered = member.nodes.get('new');
    wire.close('member');
    expect(await unanswered).toMatchObject({ id: 'new' });
    expect([reset, member.recovering]).toEqual([true, true]);
    expect(await member.rooms.snapshot('room')).toBeUndefined();
    const asserted = await member.rooms.assert('room', home, participant);
    expect(asserted.type).toBe('asserted');
    expect(asserted.type === 'asserted' && asserted.home.epoch).toBeGreaterThan(home.epoch);
    expect((await member.rooms.snapshot('room'))!.version).toBeGreaterThan(before!.version);
  });
});

function shared() {
  const clock = new VirtualClock();
  const root: InProcessCluster = createInProcessCluster({ clock });
  const wire = new Wire();
  const hosted = new HostedMember(root, wire.host);
  return { clock, root, wire, hosted, member: joinSharedCluster(wire.member, { clock }) };
}
