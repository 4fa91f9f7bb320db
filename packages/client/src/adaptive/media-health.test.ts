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
  it('is reported when a transport has been disconnected for a while, and when it recovers', () => {
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

  it('is reported when a new transport does not connect', () => {
    const { health: of, changes } = health();
    const transport = of.transport('send');
    transport.state('connecting');
    vi.advanceTimersByTime(4_000);
    expect(changes).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(changes).toEqual(['send lost, receive ok']);
    of.close();
  });

  it('stays bad until a transport works that replaces the broken one', () => {
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

  it('is not reported when no transport replaces the broken one', () => {
    const { health: of, changes } = health();
    const broken = of.transport('receive');
    broken.state('failed');
    broken.closed();
    vi.advanceTimersByTime(20_000);
    expect(changes).toEqual(['send ok, receive lost', 'send ok, receive ok']);
  });

  it('does not change when transports are closed while they work', () => {
    const { health: of, changes } = health();
    const transport = of.transport('receive');
    transport.state('connected');
    transport.closed();
    vi.advanceTimersByTime(20_000);
    expect(changes).toEqual([]);
  });

  it('is independent of whether a transport is silent, until that transport is given up', () => {
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

  it('is partial where one of several transports is silent or broken', () => {
    const { health: of } = health();
    const [one, other] = [of.transport('receive'), of.transport('receive')];
    one.state('connected');
    other.state('connected');
    expect(of.partly('receive')).toBe(false);
    one.silent(true);
    expect([of.silent('receive'), of.partly('receive')]).toEqual([true, true]);
    other.state('failed');
    expect([of.lost('receive'), of.partly('receive')]).toEqual([true, false]);
    other.state('connected');
    one.silent(false);
    expect([of.lost('receive'), of.silent('receive'), of.partly('receive')]).toEqual([false, false, false]);
  });

  it('does not recover with a transport that worked all the time, but with one that was opened since', () => {
    const { health: of, changes } = health();
    const [broken, other] = [of.transport('receive'), of.transport('receive')];
    other.state('connected');
    broken.state('failed');
    broken.closed();
    // It restarts ICE for a reason of its own.
    other.state('connected');
    expect([of.lost('receive'), of.partly('receive')]).toEqual([true, true]);
    const next = of.transport('receive');
    next.state('connecting');
    next.state('connected');
    expect(of.lost('receive')).toBe(false);
    expect(changes).toHaveLength(2);
  });

  it('recovers when no transport replaces the broken one although others work', () => {
    const { health: of } = health();
    const [broken, other] = [of.transport('receive'), of.transport('receive')];
    other.state('connected');
    broken.state('failed');
    broken.closed();
    vi.advanceTimersByTime(10_000);
    expect(of.lost('receive')).toBe(false);
  });

  it('recovers when the replacement was given up before it connected', () => {
    const { health: of } = health();
    const broken = of.transport('send');
    broken.state('failed');
    broken.closed();
    of.transport('send').closed();
    vi.advanceTimersByTime(10_000);
    expect(of.lost('send')).toBe(false);
  });

  it('stays good while a transport that was opened late connects', () => {
    const { health: of, changes } = health();
    const broken = of.transport('send');
    broken.state('failed');
    broken.closed();
    vi.advanceTimersByTime(9_000);
    of.transport('send').state('connecting');
    vi.advanceTimersByTime(30_000);
    expect(changes).toEqual(['send lost, receive ok']);
    of.close();
  });

  it('recovers at once where the media node is gone and another one works', () => {
    const { health: of } = health();
    const [gone, other] = [of.transport('receive'), of.transport('receive')];
    gone.state('connected');
    other.state('connected');
    gone.silent(true);
    gone.closed(true);
    expect([of.lost('receive'), of.silent('receive')]).toEqual([false, false]);
  });

  it('stays bad where the media node is gone and no other one works', () => {
    const { health: of } = health();
    const gone = of.transport('receive');
    gone.state('connected');
    gone.silent(true);
    gone.closed(true);
    expect(of.lost('receive')).toBe(true);
    const next = of.transport('receive');
    next.state('connected');
    expect(of.lost('receive')).toBe(false);
  });
});
