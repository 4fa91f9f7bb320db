import { setTimeout as pause } from 'node:timers/promises';
import type { Direction, OutageCall } from './outage-call.js';

/** Times of one outage, in seconds; undefined where it did not come within the time that was waited. */
export interface OutageTimes {
  /** From the cut until the page says that media are lost, and what it says first. */
  shown: number | undefined;
  text: string;
  /** From the end of the outage until the page says nothing any more, and until pictures move on. */
  gone: number | undefined;
  moving: number | undefined;
}

/** Cuts Ben's media for so many milliseconds and watches his page. */
export async function measureOutage(call: OutageCall, direction: Direction, lasts: number): Promise<OutageTimes> {
  if (!(await moving(call))) throw new Error('no pictures before the outage');
  const cutAt = await call.cut(direction);
  await pause(lasts);
  const restoredAt = await call.restore();
  const shown = (await call.said()).find(({ text }) => text !== '');
  const movingAt = await moving(call);
  let last = (await call.said()).at(-1);
  while (last && last.text !== '' && now() < restoredAt + LONGEST) {
    await pause(LOOK);
    last = (await call.said()).at(-1);
  }
  const goneAt = last?.text === '' ? Math.max(last.at, restoredAt) : undefined;
  const seconds = (from: number, to: number | undefined) => (to === undefined ? undefined : (to - from) / 1000);
  return {
    shown: seconds(cutAt, shown?.at),
    text: shown?.text ?? '',
    gone: shown && seconds(restoredAt, goneAt),
    moving: seconds(restoredAt, movingAt),
  };
}

/** Waits until both see pictures of each other move; answers when. */
async function moving(call: OutageCall): Promise<number | undefined> {
  const before = await call.shown();
  for (const from = now(); now() < from + LONGEST; await pause(LOOK)) {
    const { ada, ben } = await call.shown();
    if (ada > before.ada + FEW_FRAMES && ben > before.ben + FEW_FRAMES) return now();
    // The video may be a new one, which counts from the beginning.
    before.ada = Math.min(before.ada, ada);
    before.ben = Math.min(before.ben, ben);
  }
  return undefined;
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Milliseconds. */
const LOOK = 100;

/** Milliseconds after which it is given up. */
const LONGEST = 60_000;

/** What may still have been on its way. */
const FEW_FRAMES = 5;
