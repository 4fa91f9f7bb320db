import type { WsMember } from '../../system/cluster.js';
import type { Figures, Limit, Run } from '../scenario.js';
import { pause, until } from '../until.js';
import type { Gathering } from './gathering.js';

/** The permitted effects of a server that drains before it stops (R10). */
export const movingLimits: Limit[] = [
  { figure: 'while it drains: video gap, ms', percentile: 95, atMost: 200, rule: 'R10' },
  { figure: 'while it drains: video gap, ms', percentile: 100, atMost: 1000, rule: 'R10' },
  { figure: 'while it drains: audio gap, ms', percentile: 95, atMost: 200, rule: 'R10' },
  { figure: 'while it drains: audio gap, ms', percentile: 100, atMost: 1000, rule: 'R10' },
  { figure: 'shown as having left', percentile: 100, atMost: 0, rule: 'R10' },
  { figure: 'shown as reconnecting', percentile: 100, atMost: 0, rule: 'R10' },
  { figure: 'until the process is gone, ms', percentile: 100, atMost: 60_000, rule: 'R10' },
];

/** Sends SIGTERM and measures the gaps until the process has ended. Throws on a failed end. */
export async function drainOne({ history, log }: Run, gathering: Gathering, node: WsMember): Promise<Figures> {
  let gone = 0;
  const { figures, missed } = await gathering.measure('while it drains', async () => {
    history.write({ type: 'fault', what: `SIGTERM to ${node.nodeId}` });
    node.signal('SIGTERM');
    gone = await until(() => !node.running(), PATIENCE);
    history.write({ type: 'fault', what: `${node.nodeId} has ended` });
    await pause(AFTERWARDS);
  });
  const end = await node.ended;
  if (end !== 0) throw new Error(`${node.name} ended with ${end}:\n${node.output().slice(-3000)}`);
  for (const { viewer, shown, picture, sound } of missed) {
    if (Math.max(picture, sound) > 200)
      log(`${viewer.name} of ${shown.name}: video ${picture.toFixed(0)}, audio ${sound.toFixed(0)} ms`);
  }
  return { ...figures, 'until the process is gone, ms': [gone] };
}

/**
 * Counts of people shown as having left or as reconnecting since `from`, although they stayed; each
 * is logged.
 */
export async function noticed({ log }: Run, gathering: Gathering, from: number): Promise<Figures> {
  const { went, reconnecting } = await gathering.notices(from);
  for (const { viewer, of } of went) log(`gone from the page of ${viewer.name}: ${of.name}`);
  for (const { viewer, of } of reconnecting) log(`shown as reconnecting on the page of ${viewer.name}: ${of.name}`);
  return { 'shown as having left': [went.length], 'shown as reconnecting': [reconnecting.length] };
}

/** Milliseconds: twice the deadline of a drain, for a busy machine. */
const PATIENCE = 120_000;

/** Milliseconds, in which the last moves settle. */
const AFTERWARDS = 1_000;
