import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { arrivalsOf, PathWatch } from './path-watch.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

type Pair = { bytesReceived?: number; responsesReceived?: number; lastPacketReceivedTimestamp?: number };

const reportOf = (...pairs: Pair[]) =>
  new Map(pairs.map((pair, id) => [id, { type: 'candidate-pair', ...pair }])) as unknown as RTCStatsReport;

/** A watched path: `pairs` holds the browser's counts. */
function path(pairs: Pair[] = [{ bytesReceived: 0, responsesReceived: 0 }]) {
  const path = {
    pairs,
    reads: 0,
    flows: false,
    isBusy: false,
    comes: true,
    states: [] as string[],
  };
  // A report of the media node each half second, also to a receiver without media.
  const server = setInterval(() => {
    const [pair] = path.pairs;
    if (!path.comes || pair?.bytesReceived === undefined) return;
    pair.bytesReceived += 60;
    pair.lastPacketReceivedTimestamp = performance.timeOrigin + performance.now();
  }, 500);
  const watch = new PathWatch(
    {
      stats: async () => {
        path.reads += 1;
        return reportOf(...path.pairs);
      },
      flows: () => path.flows,
      isBusy: () => path.isBusy,
    },
    () => path.states.push(watch.isSilent ? 'silent' : 'arriving'),
  );
  watch.start();
  const stop = () => {
    clearInterval(server);
    watch.stop();
  };
  return Object.assign(path, { watch, stop });
}

describe('whether packets arrive through a path', () => {
  it('is measured: none for some seconds, and some again', async () => {
    const one = path();
    await pass(10_000);
    expect(one.states).toEqual([]);
    one.comes = false;
    await pass(2_500);
    expect(one.states).toEqual([]);
    await pass(1_000);
    expect(one.states).toEqual(['silent']);
    one.comes = true;
    await pass(1_000);
    expect(one.states).toEqual(['silent', 'arriving']);
    one.stop();
  });

  it('is known of a call in which all participants are muted: only reports arrive', async () => {
    const one = path();
    await pass(600_000);
    expect(one.states).toEqual([]);
    // A look each second.
    expect(one.reads).toBeLessThan(610);
    one.stop();
  });

  it('needs no statistics while media arrive', async () => {
    const one = path();
    one.flows = true;
    await pass(60_000);
    expect(one.reads).toBe(0);
    expect(one.states).toEqual([]);
    one.flows = one.comes = false;
    await pass(3_500);
    expect(one.states).toEqual(['silent']);
    one.flows = true;
    await pass(250);
    expect(one.states).toEqual(['silent', 'arriving']);
    one.stop();
  });

  it('does not depend on every report: four of five may be lost', async () => {
    const one = path();
    one.comes = false;
    for (let n = 0; n < 100; n++) {
      await pass(2_400);
      one.pairs[0]!.bytesReceived! += 60;
    }
    expect(one.states).toEqual([]);
    one.stop();
  });

  it('counts the answers to checks where no other packets arrive', async () => {
    const one = path();
    one.comes = false;
    for (let n = 0; n < 10; n++) {
      await pass(2_000);
      one.pairs[0]!.responsesReceived! += 1;
    }
    expect(one.states).toEqual([]);
    one.stop();
  });

  it('accepts new candidate pairs: their counts begin anew', async () => {
    const one = path([{ bytesReceived: 9_000 }]);
    await pass(5_000);
    one.comes = false;
    one.pairs = [{ bytesReceived: 0 }];
    await pass(4_500);
    expect(one.states).toEqual(['silent']);
    one.pairs = [{ bytesReceived: 0 }, { bytesReceived: 100 }];
    await pass(250);
    expect(one.states).toEqual(['silent', 'arriving']);
    one.stop();
  });

  it('is not judged in a browser that does not count', async () => {
    const one = path([{}]);
    one.comes = false;
    await pass(60_000);
    expect(one.states).toEqual([]);
    one.stop();
  });

  it('is not judged by statistics that cannot be read', async () => {
    const watch = new PathWatch({ stats: () => Promise.reject(new Error('closed')) }, () => expect.fail());
    watch.start();
    await pass(60_000);
    watch.stop();
  });
});

describe('a page whose timers are delayed', () => {
  /** Timers of the page stop while time passes, then run at once. */
  async function stands(one: ReturnType<typeof path>, milliseconds: number) {
    vi.setSystemTime(Date.now() + milliseconds);
    const before = performance.now();
    vi.spyOn(performance, 'now').mockImplementation(() => before + milliseconds + (Date.now() - frozenAt));
    const frozenAt = Date.now();
    expect(one.watch.isSilent).toBe(false);
  }

  afterEach(() => void vi.restoreAllMocks());

  it('woke from sleep: packets expected meanwhile do not count, packets expected now do', async () => {
    const one = path();
    await pass(5_000);
    one.comes = false;
    await stands(one, 3_600_000);
    await pass(2_000);
    one.comes = true;
    await pass(5_000);
    expect(one.states).toEqual([]);
    one.comes = false;
    await pass(5_000);
    expect(one.states).toEqual(['silent']);
    one.stop();
  });

  it('is hidden, with a timer each second: still detects the loss', async () => {
    const one = path();
    const timeout = globalThis.setTimeout;
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, after = 0) =>
      timeout(run, Math.ceil(after / 1_000) * 1_000)) as typeof setTimeout);
    await pass(60_000);
    expect(one.states).toEqual([]);
    one.comes = false;
    await pass(5_000);
    expect(one.states).toEqual(['silent']);
    one.comes = true;
    await pass(2_000);
    expect(one.states).toEqual(['silent', 'arriving']);
    one.stop();
  });

  it('is hidden, with a timer each minute: no false alarm', async () => {
    const one = path();
    const timeout = globalThis.setTimeout;
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void) =>
      timeout(run, 60_000)) as typeof setTimeout);
    await pass(600_000);
    expect(one.states).toEqual([]);
    one.stop();
  });

  it('is not read while streams are negotiated, and afterwards as before', async () => {
    const one = path();
    await pass(3_000);
    const { reads } = one;
    one.isBusy = true;
    one.comes = false;
    await pass(4_000);
    expect([one.reads, one.states]).toEqual([reads, []]);
    one.isBusy = false;
    await pass(6_000);
    expect(one.states).toEqual(['silent']);
    one.stop();
  });
});

describe('the count of arrivals', () => {
  it('is the sum over candidate pairs, and ignores the rest of a report', () => {
    const report = new Map<string, object>([
      ['one', { type: 'candidate-pair', bytesReceived: 100, responsesReceived: 3 }],
      ['two', { type: 'candidate-pair', bytesReceived: 20, lastPacketReceivedTimestamp: 17 }],
      ['three', { type: 'inbound-rtp', bytesReceived: 5_000 }],
    ]) as unknown as RTCStatsReport;
    expect(arrivalsOf(report)).toEqual({ arrivals: 123, lastAt: 17 });
    expect(arrivalsOf(new Map() as unknown as RTCStatsReport)).toBeUndefined();
  });
});
