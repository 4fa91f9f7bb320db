import { expect } from '@playwright/test';
import { test } from './call-through-line.js';
import type { Seen } from './page/page.js';
import type { LinkReport } from './path/messages.js';

// Short forms of `npm run bench:network`, which judges times. These tests judge states and counts
// only.

/** Milliseconds of a queue, as in the benchmark. */
const QUEUE = 300;

/** Bytes: about five seconds of the microphone. */
const SOUND = 20_000;

for (const { kilobits, highest } of [
  { kilobits: 250, highest: 360 },
  ...(process.env.RELEASE === '1' ? [{ kilobits: 600, highest: 540 }] : []),
]) {
  test(`${kilobits} kbit/s: smaller pictures arrive, and no sound is lost`, async ({ callThrough }) => {
    const { seen, down } = await callThrough({ down: { rate: kilobits * 1000, queue: QUEUE } });
    await expect
      .poll(async () => allSmall(lastHeights(await seen(), 40), highest), { message: 'forty small pictures on end' })
      .toBe(true);
    // A call finds the rate of its line within seconds; later no sound is dropped before it.
    let before = await soundOf(await seen(), down);
    const delivered = async () => {
      const now = await soundOf(await seen(), down);
      const share = (now.delivered - before.delivered) / (now.offered - before.offered);
      if (now.offered - before.offered < SOUND) return 0;
      before = now;
      return share;
    };
    await expect
      .poll(delivered, { message: 'the share of five seconds of sound that came through' })
      .toBeGreaterThan(0.98);
  });
}

test('5 % loss both ways: pictures continue, and repairs stay within their budget', async ({ callThrough }) => {
  const loss = { share: 0.05 };
  const { seen, down } = await callThrough({ down: { loss }, up: { loss } });
  await expect.poll(async () => lastHeights(await seen(), 200).length).toBe(200);
  const { samples } = await seen();
  const received = samples.at(-1)!.received['Ada camera']!;
  expect(received.retransmittedPacketsReceived).toBeGreaterThan(0);
  const { streams } = await down();
  const repairs = streams[String(received.rtxSsrc)]!.offered;
  const all = Object.values(streams).reduce((sum, { offered }) => sum + offered, 0);
  expect(repairs / all).toBeLessThan(0.25);
});

/** The heights of Ada's newest pictures, at most `count`. */
function lastHeights({ pictures }: Seen, count: number): number[] {
  return pictures.Ada?.height.slice(-count) ?? [];
}

function allSmall(heights: number[], highest: number): boolean {
  return heights.length === 40 && Math.max(...heights) <= highest;
}

/** Bytes of Ada's sound that entered the line, and that left it. */
async function soundOf({ samples }: Seen, down: () => Promise<LinkReport>) {
  const ssrc = samples.at(-1)?.received['Ada microphone']?.ssrc;
  return (await down()).streams[String(ssrc)] ?? { offered: 0, delivered: 0 };
}
