import { describe, expect } from 'vitest';
import type { ContractTest } from './contract-test.js';
import { node, nodeEvents } from './rooms-and-nodes.js';

/** R4: leases of nodes. */
export function nodesContract(it: ContractTest): void {
  describe('nodes', () => {
    it('R4: keeps a lease as long as its member lives', async ({ one, two, under }) => {
      const events = await nodeEvents(two);
      await one.nodes.register(node('node-1'));
      await under.advance(60_000);
      expect(await two.nodes.get('node-1')).toEqual(node('node-1'));
      expect(events.filter((event) => event.type === 'down')).toEqual([]);
    });

    it('R4: reports an expired lease once, at most 5 s after its member died', async ({ one, two, under }) => {
      const events = await nodeEvents(two);
      await one.nodes.register(node('node-1'));
      await under.advance(10_500);
      await under.kill(one);
      await under.advance(2000);
      expect(events.some((event) => event.type === 'down')).toBe(false);
      await under.advance(3000);
      const downs = events.filter((event) => event.type === 'down');
      expect(downs).toEqual([{ type: 'down', node: node('node-1'), reason: 'expired' }]);
      expect(await two.nodes.get('node-1')).toBeUndefined();
      await under.advance(10_000);
      expect(events.filter((event) => event.type === 'down')).toHaveLength(1);
    });

    it('R4: a node is released by its lease, or by closing its member', async ({ one, two, under }) => {
      const events = await nodeEvents(two);
      const lease = await one.nodes.register(node('node-1'));
      await one.nodes.register(node('node-2', 'media'));
      await lease.release();
      await lease.release();
      await one.close();
      const downs = () => events.filter((event) => event.type === 'down');
      await under.until(() => downs().length === 2);
      expect(downs().map((event) => [event.node.id, event.type === 'down' && event.reason])).toEqual([
        ['node-1', 'released'],
        ['node-2', 'released'],
      ]);
      expect(await two.nodes.list()).toEqual([]);
    });

    it('R4: an id is held by one lease at a time', async ({ one, two }) => {
      const lease = await one.nodes.register(node('node-1'));
      await expect(two.nodes.register(node('node-1'))).rejects.toThrow();
      await lease.release();
      await two.nodes.register(node('node-1'));
      await expect(lease.update({ draining: true })).rejects.toThrow();
      expect((await one.nodes.get('node-1'))?.draining).toBe(false);
    });

    it('lists nodes of every kind with their process', async ({ one, two }) => {
      const about = { version: '1.2.3', host: 'host-1', startedAt: 1_700_000_000_000 };
      for (const kind of ['api', 'ws', 'media'] as const) await one.nodes.register({ ...node(kind, kind), about });
      for (const kind of ['api', 'ws', 'media'] as const) {
        expect(await two.nodes.list(kind)).toEqual([{ ...node(kind, kind), about }]);
      }
    });

    it('lists by kind and reports changes', async ({ one, two, under }) => {
      const events = await nodeEvents(two);
      const lease = await one.nodes.register(node('node-1'));
      await two.nodes.register({ ...node('media-1', 'media'), ownerId: 'node-1' });
      await lease.update({ draining: true, load: { cpu: 0.5 } });
      const changed = { ...node('node-1'), draining: true, load: { cpu: 0.5 } };
      await under.until(() => events.length === 3);
      expect(events.at(-1)).toEqual({ type: 'changed', node: changed });
      expect(await two.nodes.list('ws')).toEqual([changed]);
      expect((await two.nodes.list('media')).map(({ id }) => id)).toEqual(['media-1']);
      expect(await two.nodes.list()).toHaveLength(2);
    });
  });
}
