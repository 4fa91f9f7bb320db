import { describe, expect } from 'vitest';
import type { StreamEntry } from '../../src/cluster.js';
import type { ContractTest } from './contract-test.js';

/** R12: durable streams. */
export function streamsContract(it: ContractTest): void {
  describe('durable streams', () => {
    it('R12: entries wait for their consumer and arrive in order, each with its own ascending id', async ({
      one,
      two,
      under,
    }) => {
      const ids = [await one.streams.append('s', { n: 0 }), await one.streams.append('s', { n: 1 })];
      const seen: StreamEntry[] = [];
      await two.streams.consume('s', 'group', async (entry) => void seen.push(entry));
      ids.push(await one.streams.append('s', { n: 2 }));
      await under.until(() => seen.length === 3);
      expect(seen).toEqual(ids.map((id, n) => ({ id, body: { n } })));
      expect(new Set(ids).size).toBe(3);
    });

    it('R12: an entry that failed is redelivered before any later one', async ({ one, two, under }) => {
      const seen: unknown[] = [];
      await two.streams.consume('s', 'group', async (entry) => {
        seen.push(entry.body);
        if (seen.length < 3) throw new Error('the database is away');
      });
      await one.streams.append('s', 'first');
      await one.streams.append('s', 'second');
      await under.until(() => seen.length === 1);
      await under.advance(1000);
      await under.until(() => seen.length === 2);
      await under.advance(1000);
      await under.until(() => seen.length === 4);
      expect(seen).toEqual(['first', 'first', 'first', 'second']);
    });

    it('R12: one consumer of a group at a time; another continues when it vanishes', async ({ one, two, under }) => {
      const seen: string[] = [];
      await one.streams.consume('s', 'group', (entry) => {
        seen.push(`one:${String(entry.body)}`);
        return new Promise(() => {});
      });
      await two.streams.consume('s', 'group', async (entry) => void seen.push(`two:${String(entry.body)}`));
      const writer = await under.connect();
      await writer.streams.append('s', 'a');
      await writer.streams.append('s', 'b');
      await under.until(() => seen.length === 1);
      await under.kill(one);
      await under.until(() => seen.length === 3);
      expect(seen).toEqual(['one:a', 'two:a', 'two:b']);
    });

    it('R12: a stream holds as many entries as the writer permits', async ({ one, two, under }) => {
      await one.streams.append('s', 'first', 2);
      await two.streams.append('s', 'second', 2);
      await expect(one.streams.append('s', 'third', 2)).rejects.toMatchObject({ code: 'server.unavailable' });
      await one.streams.append('t', 'elsewhere', 2);
      const seen: unknown[] = [];
      await two.streams.consume('s', 'group', async ({ body }) => void seen.push(body));
      await under.until(() => seen.length === 2);
      await one.streams.append('s', 'fourth');
      await under.until(() => seen.length === 3);
      expect(seen).toEqual(['first', 'second', 'fourth']);
    });

    it('R12: every group gets every entry', async ({ one, two, under }) => {
      const seen: string[] = [];
      await one.streams.consume('s', 'x', async (entry) => void seen.push(`x:${String(entry.body)}`));
      await two.streams.consume('s', 'y', async (entry) => void seen.push(`y:${String(entry.body)}`));
      await one.streams.append('s', 'a');
      await one.streams.append('s', 'b');
      await under.until(() => seen.length === 4);
      expect(seen.sort()).toEqual(['x:a', 'x:b', 'y:a', 'y:b']);
    });

    it('R12: entries wait while a consumer is away', async ({ one, two, under }) => {
      const seen: unknown[] = [];
      const consume = () => two.streams.consume('s', 'group', async (entry) => void seen.push(entry.body));
      (await consume())();
      await one.streams.append('s', 'a');
      await consume();
      await under.until(() => seen.length === 1);
      expect(seen).toEqual(['a']);
    });
  });
}
