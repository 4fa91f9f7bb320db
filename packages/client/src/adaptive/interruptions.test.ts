import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Interruptions } from './interruptions.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);
const now = () => performance.now();

/** A call with a path that receives media and one that sends; `receives: false`: nobody else does. */
function call({ receives = true } = {}) {
  const all = new Interruptions();
  const stops: (() => void)[] = [];
  const add = (hasFlow: boolean) => {
    const counts = { reads: 0, looks: 0, interruptions: [] as number[] };
    const path = { arrivedAt: now(), playedAt: now(), expected: true, isBusy: false, ...counts };
    const watch = () =>
      all.watch({
        stats: async () => {
          path.reads += 1;
          const pair = {
            type: 'candidate-pair',
            bytesReceived: 1,
            lastPacketReceivedTimestamp: performance.timeOrigin + path.arrivedAt,
          };
          return new Map([['pair', pair]]) as unknown as RTCStatsReport;
        },
        ...(hasFlow && {
          flows: (within: number) => {
            path.looks += 1;
            return now() - path.playedAt < within;
          },
        }),
        isBusy: () => path.isBusy,
        expected: () => path.expected,
        interrupted: () => path.interruptions.push(now()),
      });
    stops.push(watch());
    return path;
  };
  const receiving = receives ? add(true) : undefined;
  const sending = add(false);
  /** Packets arrive each so many milliseconds, and sound is played out with them. */
  const arrive = async (milliseconds: number, interval: number, which = [receiving, sending]) => {
    for (let passed = 0; passed < milliseconds; passed += interval) {
      for (const path of which) if (path) path.arrivedAt = path.playedAt = now();
      await pass(interval);
    }
  };
  return { receiving: receiving!, sending, arrive, stop: () => stops.forEach((stop) => void stop()) };
}

describe('an interruption', () => {
  it('is detected within half a second, and on the other path too', async () => {
    const one = call();
    await one.arrive(3_000, 20);
    expect([one.receiving.reads, one.sending.reads]).toEqual([0, 0]);
    const brokenAt = now();
    await pass(2_000);
    expect(one.receiving.interruptions).toHaveLength(1);
    expect(one.receiving.interruptions[0]! - brokenAt).toBeLessThanOrEqual(550);
    expect(one.sending.interruptions).toEqual(one.receiving.interruptions);
    one.stop();
  });

  it('of one path alone is one of that path', async () => {
    const one = call();
    await one.arrive(3_000, 20);
    await one.arrive(2_000, 50, [one.sending]);
    expect([one.receiving.interruptions.length, one.sending.interruptions.length]).toEqual([1, 0]);
    one.stop();
  });

  it('is detected where nobody else sends', async () => {
    const one = call({ receives: false });
    await one.arrive(3_000, 50);
    const brokenAt = now();
    await pass(2_000);
    expect(one.sending.interruptions).toHaveLength(1);
    expect(one.sending.interruptions[0]! - brokenAt).toBeLessThanOrEqual(700);
    one.stop();
  });

  it('is not repeated before media have flowed again, nor while it is being repaired', async () => {
    const one = call();
    await one.arrive(3_000, 20);
    await pass(10_000);
    await one.arrive(1_500, 20);
    await pass(2_000);
    expect(one.receiving.interruptions).toHaveLength(2);
    one.stop();
  });
});

describe('no interruption', () => {
  it('are packets that arrive late again and again, after a few false alarms', async () => {
    const one = call();
    await one.arrive(3_000, 20);
    for (let n = 0; n < 100; n++) {
      await one.arrive(2_000, 20);
      await pass(500);
      await one.arrive(60, 20);
    }
    expect(one.receiving.interruptions.length).toBeLessThanOrEqual(2);
    one.stop();
  });

  it('is a negotiation, during which nobody looks; a break in it is detected afterwards', async () => {
    const one = call();
    await one.arrive(3_000, 20);
    one.receiving.isBusy = true;
    const { looks } = one.receiving;
    await pass(1_500);
    expect([one.receiving.looks, one.receiving.interruptions]).toEqual([looks, []]);
    one.receiving.isBusy = false;
    await pass(200);
    expect(one.receiving.interruptions).toHaveLength(1);
    one.stop();
  });

  it('is a microphone in silence, with a packet each 400 ms', async () => {
    const one = call();
    await one.arrive(3_000, 20);
    await one.arrive(20_000, 400);
    expect(one.receiving.interruptions).toEqual([]);
    one.stop();
  });

  it('are packets without sound, once the last participant is paused', async () => {
    const one = call();
    await one.arrive(3_000, 20);
    one.receiving.expected = false;
    await pass(5_000);
    expect([one.receiving.interruptions, one.sending.interruptions]).toEqual([[], []]);
    one.stop();
  });

  it('are media that are not played, while packets arrive', async () => {
    const one = call();
    await one.arrive(3_000, 20);
    const { playedAt } = one.receiving;
    for (let i = 0; i < 50; i++) {
      one.receiving.arrivedAt = now();
      one.receiving.playedAt = playedAt;
      await pass(100);
    }
    expect(one.receiving.interruptions).toEqual([]);
    one.stop();
  });

  it('is a page whose timers are delayed', async () => {
    const one = call();
    await one.arrive(3_000, 20);
    const before = now();
    vi.spyOn(performance, 'now').mockImplementation(() => before + 60_000);
    await pass(100);
    vi.restoreAllMocks();
    await one.arrive(1_000, 20);
    expect(one.receiving.interruptions).toEqual([]);
    one.stop();
  });
});
