import { VirtualClock } from '@waterbus/cluster/testing/virtual-clock';
import { describe, expect, it } from 'vitest';
import { OrderError } from './acme-order.js';
import type { ChallengeMethod } from './challenges.js';
import type { Pair } from './pair.js';
import { Renewal, type RenewalOptions, renewalDate } from './renewal.js';

describe('renewal of a certificate', () => {
  it('renews after two thirds of the lifetime, up to a twentieth earlier', () => {
    const pair = pairUntil(90 * DAY, 0);
    expect(renewalDate(pair, 0)).toBe(60 * DAY);
    expect(renewalDate(pair, 1)).toBe(55.5 * DAY);
    expect(renewalDate(pairUntil(160 * HOUR, 0), 0)).toBeCloseTo((160 * HOUR * 2) / 3);
  });

  it('orders at once without a certificate, and later ones in time', async () => {
    const run = running({});
    await run.clock.advance(0);
    expect(run.orders).toBe(1);
    await run.clock.advance(59 * DAY);
    expect(run.orders).toBe(1);
    await run.clock.advance(DAY);
    expect(run.orders).toBe(2);
    expect(run.used).toHaveLength(2);
  });

  it('does not order while a certificate of an earlier run is good, and at once when it is due', async () => {
    const clock = new VirtualClock();
    const good = running({ current: pairUntil(clock.date() + 40 * DAY, clock.date() - 50 * DAY) });
    await good.clock.advance(9 * DAY);
    expect(good.orders).toBe(0);
    const due = running({ current: pairUntil(clock.date() + DAY, clock.date() - 89 * DAY) });
    await due.clock.advance(0);
    expect(due.orders).toBe(1);
  });

  it('repeats a failed order after pauses that grow to an hour, and uses nothing meanwhile', async () => {
    const dates: number[] = [];
    const clock = new VirtualClock();
    const run = running({
      clock,
      order: async () => {
        dates.push(clock.now());
        throw new OrderError('away', 'no answer');
      },
    });
    await clock.advance(DAY);
    const pauses = dates.slice(1).map((date, index) => (date - (dates[index] ?? 0)) / 60_000);
    expect(pauses.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(Math.max(...pauses)).toBe(60);
    expect(run.used).toEqual([]);
    expect(run.lines[0]).toMatchObject({ kind: 'away', reason: 'no answer', failures: 1 });
  });

  it('waits as long as the authority requires', async () => {
    const run = running({
      order: async () => {
        throw new OrderError('refused', 'too many certificates', 5 * HOUR);
      },
    });
    await run.clock.advance(5 * HOUR - 1);
    expect(run.lines).toHaveLength(1);
    await run.clock.advance(1);
    expect(run.lines).toHaveLength(2);
  });

  it('does not order again and again where the clock of the machine is wrong', async () => {
    const run = running({ order: async () => pairUntil(0, -90 * DAY) });
    await run.clock.advance(DAY);
    expect(run.orders).toBeLessThanOrEqual(25);
  });

  it('rehearses until an order has succeeded, and after a failed one again', async () => {
    const rehearsed: ChallengeMethod[] = [];
    let fails = false;
    const run = running({
      methods: ['http-01', 'tls-alpn-01'],
      rehearse: async (method) => {
        rehearsed.push(method);
        if (method === 'http-01') throw new OrderError('challenge', 'port 80 is closed');
      },
      order: async (_method, clock) => {
        if (fails) throw new OrderError('refused', 'no');
        return pairUntil(clock.date() + 90 * DAY, clock.date());
      },
    });
    await run.clock.advance(0);
    expect(rehearsed).toEqual(['http-01', 'tls-alpn-01']);
    expect(run.methods).toEqual(['tls-alpn-01']);
    fails = true;
    await run.clock.advance(60 * DAY);
    expect(rehearsed).toHaveLength(2);
    await run.clock.advance(60_000);
    expect(rehearsed).toHaveLength(4);
  });

  it('never orders where no kind of check passes the rehearsal', async () => {
    const run = running({
      methods: ['http-01', 'tls-alpn-01'],
      rehearse: async () => {
        throw new OrderError('challenge', 'closed');
      },
    });
    await run.clock.advance(DAY);
    expect(run.orders).toBe(0);
    expect(run.lines[0]?.reason).toBe('in the rehearsal, http-01: closed; tls-alpn-01: closed');
  });

  it('alternates the kinds of check without a test directory', async () => {
    const run = running({
      methods: ['http-01', 'tls-alpn-01'],
      order: async () => {
        throw new OrderError('challenge', 'closed');
      },
    });
    await run.clock.advance(5 * 60_000);
    expect(run.methods).toEqual(['http-01', 'tls-alpn-01', 'http-01']);
  });

  it('does nothing after its end', async () => {
    let answer: (pair: Pair) => void = () => {};
    const run = running({ order: () => new Promise((resolve) => (answer = resolve)) });
    await run.clock.advance(0);
    run.renewal.close();
    answer(pairUntil(run.clock.date() + 90 * DAY, run.clock.date()));
    await run.clock.advance(90 * DAY);
    expect([run.orders, run.used]).toEqual([1, []]);
  });
});

type Changes = Partial<Omit<RenewalOptions, 'order' | 'clock'>> & {
  order?: (method: ChallengeMethod, clock: VirtualClock) => Promise<Pair>;
  clock?: VirtualClock;
};

/** A renewal that has started, with an authority that issues at once by default. */
function running({ order, clock = new VirtualClock(), ...changes }: Changes) {
  const used: Pair[] = [];
  const methods: ChallengeMethod[] = [];
  const lines: { [detail: string]: unknown; message: string }[] = [];
  const log = (details: object, message: string) => void lines.push({ ...details, message });
  const renewal = new Renewal({
    current: undefined,
    methods: ['http-01'],
    rehearse: undefined,
    order: (method) => {
      methods.push(method);
      return order?.(method, clock) ?? Promise.resolve(pairUntil(clock.date() + 90 * DAY, clock.date()));
    },
    use: async (pair) => void used.push(pair),
    clock,
    random: () => 0,
    logger: { info: log, warn: log },
    ...changes,
  });
  renewal.start();
  return {
    renewal,
    clock,
    used,
    lines,
    methods,
    get orders() {
      return methods.length;
    },
  };
}

function pairUntil(notAfter: number, notBefore: number): Pair {
  return { cert: '', key: '', notBefore, notAfter, names: 'DNS:meet.example.org', covers: () => true };
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
