import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Candidate, isFull, place, placementHash, publishingCost } from './place.js';

const node = (id: string, change: Partial<Candidate> = {}): Candidate => ({
  id,
  hash: placementHash(id),
  draining: false,
  local: false,
  load: 0.1,
  ...change,
});
const nodes = (...all: Candidate[]) => new Map(all.map((candidate) => [candidate.id, candidate]));
const room = (participants = 4, ...holding: string[]) => ({ id: 'room', participants, holding });

describe('place', () => {
  test('without nodes there is none', () => {
    expect(place(nodes(), room())).toBeUndefined();
  });

  test('a node that already holds the room wins over an idle one', () => {
    expect(place(nodes(node('a', { load: 0.5 }), node('b', { load: 0 })), room(4, 'a'))).toBe('a');
  });

  test('unless it lacks headroom for one more publisher of the room', () => {
    expect(place(nodes(node('a', { load: 0.9 }), node('b', { load: 0 })), room(4, 'a'))).toBe('b');
    const half = nodes(node('a', { load: 0.5 }), node('b', { load: 0 }));
    expect(place(half, room(100, 'a'))).toBe('a');
    expect(place(half, room(300, 'a'))).toBe('b');
  });

  test('a draining node is never taken, even if it holds the room or is the only one', () => {
    expect(place(nodes(node('a', { draining: true }), node('b', { load: 0.9 })), room(4, 'a'))).toBe('b');
    expect(place(nodes(node('a', { draining: true })), room(4, 'a'))).toBeUndefined();
  });

  test('the least loaded of the nodes that hold the room, else of all', () => {
    const all = nodes(node('a', { load: 0.6 }), node('b', { load: 0.3 }), node('c'));
    expect(place(all, room(4, 'a', 'b'))).toBe('b');
    expect(place(all, room())).toBe('c');
  });

  test('a publisher with a large audience goes to the least loaded of more nodes, if the few have no headroom', () => {
    const all = nodes(...Array.from({ length: 16 }, (_, i) => node(`n${i}`, { load: i === 7 ? 0.4 : 0.65 })));
    for (let i = 0; i < 20; i += 1) expect(place(all, { ...room(1000), id: `room ${i}` })).toBe('n7');
  });

  test('if all are full, the least loaded, whether it holds the room or not', () => {
    expect(place(nodes(node('a', { load: 0.95 }), node('b', { load: 0.8 })), room(4, 'a'))).toBe('b');
  });

  test('among equals, for a single participant, the node of the own process', () => {
    for (const id of ['x', 'y', 'z']) {
      const all = nodes(node('a'), node('b', { local: true }), node('c'));
      expect(place(all, { id, participants: 1, holding: [] })).toBe('b');
    }
  });

  test('among equals all servers choose alike for a room, so that concurrent publishers start in one place', () => {
    for (let i = 0; i < 50; i += 1) {
      const at = (own: string) =>
        nodes(
          ...['a', 'b', 'c', 'd', 'e', 'f'].map((id, index) => node(id, { local: id === own, load: index / 1000 })),
        );
      const together = { id: `room ${i}`, participants: 2, holding: [] };
      expect(place(at('a'), together)).toBe(place(at('f'), together));
    }
  });

  test('R11: a fresh node only if no other has headroom, so that earlier publishers are not left alone', () => {
    const settled = [node('a', { load: 0.4 }), node('b', { load: 0.45 })];
    const fresh = node('fresh', { load: 0, fresh: true });
    for (let i = 0; i < 20; i += 1) {
      const anew = { id: `room ${i}`, participants: 4, holding: [] };
      expect(place(nodes(...settled, fresh), anew)).toBe(place(nodes(...settled), anew));
    }
    for (const many of [500, 1000]) expect(place(nodes(...settled, fresh), room(many))).toBe('fresh');
    expect(place(nodes(node('a', { load: 0.9 }), fresh), room())).toBe('fresh');
    expect(place(nodes(node('a', { draining: true }), fresh), room())).toBe('fresh');
    expect(place(nodes(...settled, fresh), room(4, 'fresh'))).toBe('fresh');
  });

  test('a publisher that leaves a node does not return to it, unless there is no other', () => {
    expect(place(nodes(node('a'), node('b', { load: 0.9 })), room(4, 'a'), 'a')).toBe('b');
    expect(place(nodes(node('a')), room(4, 'a'), 'a')).toBe('a');
    expect(place(nodes(node('a', { draining: true })), room(4, 'a'), 'a')).toBeUndefined();
  });
});

describe('for any nodes and any room', () => {
  const aNode = fc.record({
    draining: fc.boolean(),
    local: fc.boolean(),
    load: fc.double({ min: 0, max: 1.5, noNaN: true }),
    fresh: fc.boolean(),
  });
  const aCluster = fc
    .array(aNode, { minLength: 1, maxLength: 30 })
    .map((all) => nodes(...all.map((change, index) => node(`node-${index}`, change))));
  const aRoom = fc.record({
    id: fc.string(),
    participants: fc.integer({ min: 1, max: 1000 }),
    holding: fc.array(
      fc.integer({ min: 0, max: 35 }).map((index) => `node-${index}`),
      { maxLength: 5 },
    ),
  });
  const holds = (
    check: (cluster: Map<string, Candidate>, at: { id: string; holding: string[]; participants: number }) => void,
  ) => fc.assert(fc.property(aCluster, aRoom, check), { numRuns: 500 });

  test('R10: a draining node is never chosen, and another one always is', () => {
    holds((cluster, at) => {
      const open = [...cluster.values()].filter(({ draining }) => !draining);
      const id = place(cluster, at);
      if (open.length === 0) expect(id).toBeUndefined();
      else expect(open.map((candidate) => candidate.id)).toContain(id);
    });
  });

  test('a full one is never chosen while another has headroom, nor any other before one that holds the room', () => {
    holds((cluster, at) => {
      const id = place(cluster, at);
      if (id === undefined) return;
      const open = (candidate: Candidate | undefined) => candidate && !candidate.draining && !isFull(candidate);
      const fits = (candidate: Candidate | undefined) =>
        open(candidate) && !isFull(candidate!, publishingCost(at.participants));
      if ([...cluster.values()].some(open)) expect(open(cluster.get(id))).toBe(true);
      if (at.holding.some((held) => fits(cluster.get(held)))) expect(at.holding).toContain(id);
    });
  });

  test('the order of nodes and holders has no effect', () => {
    holds((cluster, at) => {
      const turned = new Map([...cluster].reverse());
      expect(place(turned, { ...at, holding: at.holding.toReversed() })).toBe(place(cluster, at));
    });
  });

  test('rooms spread: the fullest of 50 nodes gets under twice its share of 2,000 rooms from constant figures', () => {
    fc.assert(
      fc.property(fc.string(), (salt) => {
        const cluster = nodes(...Array.from({ length: 50 }, (_, index) => node(`node-${index}`)));
        const got = new Map<string, number>();
        for (let i = 0; i < 2000; i += 1) {
          const id = place(cluster, { id: `${salt}${i}`, participants: 2, holding: [] })!;
          got.set(id, (got.get(id) ?? 0) + 1);
        }
        expect(Math.max(...got.values())).toBeLessThan(80);
      }),
      { numRuns: 20 },
    );
  });

  test('a node that looks empty gets some of the rooms before its next report, not all', () => {
    const cluster = nodes(
      node('empty', { load: 0 }),
      ...Array.from({ length: 99 }, (_, i) => node(`n${i}`, { load: 0.5 })),
    );
    let there = 0;
    for (let i = 0; i < 1000; i += 1) {
      if (place(cluster, { id: `room-${i}`, participants: 4, holding: [] }) === 'empty') there += 1;
    }
    expect(there).toBeGreaterThan(20);
    expect(there).toBeLessThan(70);
  });
});
