import { setTimeout as pause } from 'node:timers/promises';
import type { Direction, OutageCall } from './outage-call.js';

/** Times of one outage, in seconds; undefined where the event did not come before the timeout. */
export interface OutageTimes {
  /** From the cut until the page reports lost media, and its first text. */
  shown: number | undefined;
  text: string;
  /**
   * From the end of the outage until the page reports nothing more, and until the pictures of each
   * move again.
   */
  gone: number | undefined;
  sees: number | undefined;
  seen: number | undefined;
}

/** Cuts Ben's media for this number of milliseconds and watches his page. */
export async function measureOutage(call: OutageCall, direction: Direction, lasts: number): Promise<OutageTimes> {
  const before = await moving(call);
  if (before.ada === undefined || before.ben === undefined) throw new Error('no pictures before the outage');
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
    sees: seconds(restoredAt, movingAt.ada),
    seen: seconds(restoredAt, movingAt.ben),
  };
}

/** Waits until both see the other's pictures move; returns the times, by the person seen. */
async function moving(call: OutageCall): Promise<{ ada?: number; ben?: number }> {
  const since: { ada?: number; ben?: number } = {};
  const before = await call.shown();
  for (const from = now(); now() < from + LONGEST; await pause(LOOK)) {
    const count = await call.shown();
    for (const who of ['ada', 'ben'] as const) {
      if (count[who] > before[who] + FEW_FRAMES) since[who] ??= now();
      // A new video element counts from zero.
      before[who] = Math.min(before[who], count[who]);
    }
    if (since.ada !== undefined && since.ben !== undefined) break;
  }
  return since;
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Milliseconds. */
const LOOK = 100;

/** Milliseconds after which the wait ends. */
const LONGEST = 60_000;

/** Frames that may have been under way. */
const FEW_FRAMES = 5;
