import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MediaHealth } from './media-health.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function health() {
  const changes: string[] = [];
  const health: MediaHealth = new MediaHealth(() =>
    changes.push(`send ${health.lost('send') ? 'lost' : 'ok'}, receive ${health.lost('receive') ? 'lost' : 'ok'}`),
  );
  return { health, changes };
}

describe('whether media get through', () => {
  it('is told when a transport has been disconnected for a while, and when it is back', () => {
    const { health: of, changes } = health();
    const transport = of.transport('receive');
    transport.state('connecting');
    transport.state('connected');
    transport.state('disconnected');
    vi.advanceTimersByTime(500);
    transport.state('connected');
    vi.advanceTimersByTime(5_000);
    expect(changes).toEqual([]);
    transport.state('disconnected');
    vi.advanceTimersByTime(1_000);
    expect(changes).toEqual(['send ok, receive lost']);
    transport.state('connecting');
    vi.advanceTimersByTime(60_000);
    transport.state('connected');
    expect(changes).toEqual(['send ok, receive lost', 'send ok, receive ok']);
  });

  it('is told when a new transport does not connect', () => {
    const { health: of, changes } = health();
    const transport = of.transport('send');
    transport.state('connecting');
    vi.advanceTimersByTime(4_000);
    expect(changes).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(changes).toEqual(['send lost, receive ok']);
    of.close();
  });

  it('stays so until a transport works that takes the place of the broken one', () => {
    const { health: of, changes } = health();
    const broken = of.transport('send');
    broken.state('failed');
    broken.closed();
    vi.advanceTimersByTime(1_000);
    const next = of.transport('send');
    next.state('connecting');
    vi.advanceTimersByTime(1_000);
    expect(changes).toEqual(['send lost, receive ok']);
    next.state('connected');
    broken.state('connected');
    expect(changes).toEqual(['send lost, receive ok', 'send ok, receive ok']);
    expect(of.lost('send')).toBe(false);
  });

  it('is of no interest when nothing takes its place', () => {
    const { health: of, changes } = health();
    const broken = of.transport('receive');
    broken.state('failed');
    broken.closed();
    vi.advanceTimersByTime(20_000);
    expect(changes).toEqual(['send ok, receive lost', 'send ok, receive ok']);
  });

  it('says nothing of transports that are closed while they work', () => {
    const { health: of, changes } = health();
    const transport = of.transport('receive');
    transport.state('connected');
    transport.closed();
    vi.advanceTimersByTime(20_000);
    expect(changes).toEqual([]);
  });

  it('is another question than whether a transport is silent, until that is given up', () => {
    const { health: of, changes } = health();
    const transport = of.transport('send');
    transport.state('connected');
    transport.silent(true);
    expect([of.silent('send'), of.lost('send')]).toEqual([true, false]);
    transport.silent(false);
    expect(of.silent('send')).toBe(false);
    transport.silent(true);
    transport.closed();
    expect([of.silent('send'), of.lost('send')]).toEqual([false, true]);
    transport.silent(true);
    const next = of.transport('send');
    next.state('connected');
    expect([of.silent('send'), of.lost('send')]).toEqual([false, false]);
    expect(changes).toHaveLength(5);
    of.close();
  });
});
