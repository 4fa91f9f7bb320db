import { describe, expect, test } from 'vitest';
import { Candidates } from './candidates.js';
import { isFull, publishingCost } from './place.js';
import { ReportedNode } from './reported-node.js';

const room = (id: string, participants: number) => ({ id, participants, holding: [] });
const load = { cpu: 0.05, consumers: 0 };

describe('a node by its reports', () => {
  test('recent consumers are not in its cpu yet: 500 listeners make it full for their second publisher', () => {
    const node = new ReportedNode('a', false);
    node.report({ cpu: 0.05, consumers: 0 });
    node.report({ cpu: 0.05, consumers: 1000 });
    expect(node.load).toBeCloseTo(0.45);
    expect(isFull(node, publishingCost(501))).toBe(true);
    expect(isFull(node, publishingCost(4))).toBe(false);
  });

  test('after three reports the measured figure is used alone', () => {
    const node = new ReportedNode('a', false);
    node.report({ cpu: 0.05, consumers: 0 });
    for (let i = 0; i < 3; i += 1) node.report({ cpu: 0.3, consumers: 1000 });
    expect(node.load).toBeCloseTo(0.7);
    node.report({ cpu: 0.3, consumers: 1000 });
    expect(node.load).toBeCloseTo(0.3);
    node.report({ cpu: 0.2, consumers: 400 });
    expect(node.load).toBeCloseTo(0.2);
  });

  test('it is fresh for its first three reports', () => {
    const node = new ReportedNode('a', false);
    const fresh = Array.from({ length: 5 }, () => {
      node.report(load);
      return node.fresh;
    });
    expect(fresh).toEqual([true, true, true, false, false]);
  });

  test('the first report gives the number of consumers, not of new ones', () => {
    const node = new ReportedNode('a', false);
    node.report({ cpu: 0.3, consumers: 1000 });
    expect(node.load).toBeCloseTo(0.3);
  });

  test('a placement counts at once, until the third report after it', () => {
    const node = new ReportedNode('a', false);
    node.expect(0.2);
    expect(node.load).toBeCloseTo(0.2);
    node.report(load);
    node.report(load);
    expect(node.load).toBeCloseTo(0.25);
    node.report(load);
    expect(node.load).toBeCloseTo(0.05);
    expect(node.reported).toBeCloseTo(0.05);
  });
});

describe('the nodes known to a server', () => {
  function two() {
    const candidates = new Candidates();
    for (const id of ['a', 'b']) candidates.update(id, { local: id === 'a', draining: false, load });
    return candidates;
  }

  test('a burst between two reports is shared out', () => {
    const candidates = two();
    const placed = Array.from({ length: 40 }, (_, i) => candidates.place(room(`room-${i}`, 10)));
    expect(placed.filter((id) => id === 'a').length).toBeGreaterThan(14);
    expect(placed.filter((id) => id === 'b').length).toBeGreaterThan(14);
  });

  test('a node without a new report keeps its last one', () => {
    const candidates = two();
    candidates.place(room('room', 500));
    const placed = [...candidates.all.values()].find((node) => node.load > 0.4)!;
    for (let i = 0; i < 4; i += 1) candidates.interval(() => load);
    expect(placed.load).toBeCloseTo(0.05);
  });

  test('drains, stops draining, is removed', () => {
    const candidates = two();
    candidates.drain('a', true);
    expect(candidates.place(room('room', 2))).toBe('b');
    candidates.remove('b');
    expect(candidates.hasOpen).toBe(false);
    expect(candidates.place(room('room', 2))).toBeUndefined();
    candidates.drain('a', false);
    expect(candidates.place(room('room', 2))).toBe('a');
  });
});
