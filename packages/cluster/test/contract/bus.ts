import { CodedError } from '@waterbus/protocol';
import { describe, expect } from 'vitest';
import type { BusError } from '../../src/cluster.js';
import type { ContractTest } from './contract-test.js';
import { join, node } from './rooms-and-nodes.js';

/** Messages and requests between members; R11. */
export function busContract(it: ContractTest): void {
  describe('bus', () => {
    it('delivers messages to every subscriber of a topic, in order, as copies', async ({ one, two, under }) => {
      const received: unknown[][] = [[], []];
      await one.bus.subscribe('topic', (message) => received[0]?.push(message));
      const stop = await two.bus.subscribe('topic', (message) => received[1]?.push(message));
      const message = { n: 1 };
      await one.bus.publish('topic', message);
      message.n = 2;
      await one.bus.publish('topic', message);
      await one.bus.publish('another', { n: 3 });
      await under.until(() => received.every((messages) => messages.length === 2));
      expect(received).toEqual([
        [{ n: 1 }, { n: 2 }],
        [{ n: 1 }, { n: 2 }],
      ]);
      stop();
      await one.bus.publish('topic', { n: 4 });
      await under.until(() => received[0]?.length === 3);
      expect(received[1]).toHaveLength(2);
    });

    it('sends a request to one node and returns its answer', async ({ one, two }) => {
      await two.bus.serve('node-2', async (method, body) => ({ method, body }));
      expect(await one.bus.request('node-2', 'echo', { a: [1] })).toEqual({ method: 'echo', body: { a: [1] } });
    });

    it('passes a coded error to the requester and hides any other', async ({ one, two }) => {
      await two.bus.serve('node-2', async (method) => {
        throw method === 'coded' ? new CodedError('transport.not_found', 'x') : new Error('a secret');
      });
      const coded = await one.bus.request('node-2', 'coded', {}).catch((error: unknown) => error);
      expect(coded).toBeInstanceOf(CodedError);
      expect(coded).toMatchObject({ code: 'transport.not_found', detail: 'x' });
      const other = await one.bus.request('node-2', 'other', {}).catch((error: unknown) => error);
      expect(other).toMatchObject({ code: 'server.internal' });
      expect(String(other)).not.toContain('secret');
    });

    it('survives a handler that throws at once and an answer that cannot be sent', async ({ one, two }) => {
      await two.bus.serve('node-2', (method) => {
        if (method === 'throws') throw new TypeError('a mistake');
        return Promise.resolve({
          get unreadable() {
            throw new TypeError('a mistake');
          },
        });
      });
      for (const method of ['throws', 'answers']) {
        await expect(one.bus.request('node-2', method, {})).rejects.toMatchObject({ code: 'server.internal' });
      }
      expect(two.mishaps()).toEqual({ requestsFailed: 2 });
    });

    it('survives a listener that throws: all others receive the next messages', async ({ one, two, under }) => {
      const received: unknown[] = [];
      const fail = () => {
        throw new Error('a mistake');
      };
      await two.bus.subscribe('topic', fail);
      await two.bus.subscribe('topic', (message) => received.push(message));
      await two.rooms.watch('room', fail);
      await two.rooms.watch('room', ({ change }) => received.push(change.type));
      await two.nodes.watch(fail);
      await two.nodes.watch(({ type }) => received.push(type));
      await one.bus.publish('topic', 'first');
      await one.bus.publish('topic', 'second');
      await one.nodes.register(node('node-1'));
      await join(one, 'a', 'node-1');
      await under.until(() => received.length === 4);
      expect(received.sort()).toEqual(['first', 'participant.joined', 'second', 'up']);
      expect(two.mishaps()).toEqual({ listenersFailed: 4 });
    });

    it('reports it when no node answers, in time or at all', async ({ one, two, under }) => {
      await expect(one.bus.request('nobody', 'm', {})).rejects.toMatchObject({ reason: 'no-such-node' });
      let requested = false;
      await two.bus.serve('node-2', () => {
        requested = true;
        return new Promise(() => {});
      });
      const slow = expect(one.bus.request('node-2', 'm', {}, { timeout: 700 })).rejects.toMatchObject({
        reason: 'timeout',
      });
      await under.until(() => requested);
      await under.advance(701);
      await slow;
    });

    it('R11: reports at once whether a node listens, also when it has just died', async ({ one, two, under }) => {
      expect(await one.bus.listens('node-2')).toBe(false);
      const stop = await two.bus.serve('node-2', async () => {});
      expect(await one.bus.listens('node-2')).toBe(true);
      expect(await two.bus.listens('node-2')).toBe(true);
      stop();
      while (await one.bus.listens('node-2'));
      await two.bus.serve('node-2', async () => {});
      expect(await one.bus.listens('node-2')).toBe(true);
      await under.kill(two);
      while (await one.bus.listens('node-2'));
    });

    it('reports it at once when the node stops serving, or its member leaves, before the answer', async ({
      one,
      two,
      under,
    }) => {
      const stop = await two.bus.serve('node-2', async () => 'answered');
      expect(await one.bus.request('node-2', 'm', {})).toBe('answered');
      const requested: Promise<unknown>[] = [];
      for (let count = 0; count < 100; count += 1) {
        if (count === 50) stop();
        const answer = one.bus.request('node-2', 'm', {}).catch(({ reason }: BusError) => reason);
        requested.push(answer);
        if (count % 10 === 0) await Promise.race([answer, new Promise(setImmediate)]);
      }
      const answers = await Promise.all(requested);
      // The requests under way when it stops may be too late.
      for (const answer of answers.slice(0, 50)) expect(['answered', 'no-such-node']).toContain(answer);
      expect(new Set(answers.slice(50))).toEqual(new Set(['no-such-node']));

      let reached = false;
      await two.bus.serve('node-3', () => {
        reached = true;
        return new Promise(() => {});
      });
      const left = expect(one.bus.request('node-3', 'm', {})).rejects.toMatchObject({ reason: 'no-such-node' });
      await under.until(() => reached);
      await two.close();
      await left;
    });

    it('reports it when the answering member died meanwhile, or the requester left', async ({ one, two, under }) => {
      let requested = 0;
      await two.bus.serve('node-2', () => {
        requested += 1;
        return new Promise(() => {});
      });
      const three = await under.connect();
      const timedOut = expect(one.bus.request('node-2', 'm', {}, { timeout: 700 })).rejects.toMatchObject({
        reason: 'timeout',
      });
      const closed = expect(three.bus.request('node-2', 'm', {})).rejects.toMatchObject({ reason: 'closed' });
      await under.until(() => requested === 2);
      await three.close();
      await closed;
      await under.kill(two);
      await under.advance(701);
      await timedOut;
      await expect(three.bus.publish('topic', {})).rejects.toMatchObject({ reason: 'closed' });
    });
  });
}
