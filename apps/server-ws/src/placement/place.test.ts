import { describe, expect, test } from 'vitest';
import { type Candidate, place } from './place.js';

const node = (id: string, change: Partial<Candidate> = {}): Candidate => ({
  id,
  draining: false,
  local: false,
  cpu: 0.1,
  transports: 0,
  ...change,
});
const nobody = new Set<string>();

describe('place', () => {
  test('without nodes there is no place', () => {
    expect(place([], nobody)).toBeUndefined();
  });

  test('a node that holds the room already wins over an idle one', () => {
    expect(place([node('a', { cpu: 0.5 }), node('b', { cpu: 0 })], new Set(['a']))).toBe('a');
  });

  test('without headroom it does not', () => {
    expect(place([node('a', { cpu: 0.9 }), node('b', { cpu: 0 })], new Set(['a']))).toBe('b');
  });

  test('a draining node takes nothing, even if it holds the room or is the only one', () => {
    expect(place([node('a', { draining: true }), node('b', { cpu: 0.9 })], new Set(['a']))).toBe('b');
    expect(place([node('a', { draining: true })], new Set(['a']))).toBeUndefined();
  });

  test('the least loaded of those that hold the room, else of all', () => {
    expect(place([node('a', { cpu: 0.6 }), node('b', { cpu: 0.3 }), node('c')], new Set(['a', 'b']))).toBe('b');
    expect(place([node('a', { cpu: 0.6 }), node('b', { cpu: 0.3 })], nobody)).toBe('b');
  });

  test('transports count before their packets do', () => {
    expect(place([node('a', { transports: 100 }), node('b')], nobody)).toBe('b');
  });

  test('among equals the one of the own process, then the lowest id', () => {
    expect(place([node('a'), node('b', { local: true }), node('c', { local: true })], nobody)).toBe('b');
    expect(place([node('b', { cpu: 0.101 }), node('a', { cpu: 0.109 })], nobody)).toBe('a');
  });
});
