import type { Browser } from '@playwright/test';
import { percentile } from '@waterbus/e2e/testing/percentiles';
import type { Mark } from './page/join-marks.js';
import { Participant } from './participant.js';
import type { NetworkSpec } from './path/messages.js';
import { startPath } from './path/start-path.js';

/** Times of many joins at one round-trip time, in milliseconds. */
export interface JoinResult extends JoinTimes {
  roundTripTime: number;
}

/** Times of many joins, in milliseconds. */
export interface JoinTimes {
  joins: number;
  /** From the click until the newcomer sees all others, and until all others see the newcomer. */
  sees: Percentiles;
  seen: Percentiles;
  /** The events of the join with the median time, in milliseconds since the click. */
  steps: { after: number; what: string }[];
}

export interface Percentiles {
  p50: number;
  p95: number;
}

interface Join {
  sees: number;
  seen: number;
  clicked: number;
  marks: Mark[];
}

/** Joins at a round-trip time between everybody and the server. */
export async function measureJoins(
  browser: Browser,
  options: { roundTripTime: number; joins: number; seed: number; script: string; mediaPort: number; httpPort: number },
): Promise<JoinResult> {
  const { roundTripTime, script, seed, joins } = options;
  const path = await startPath({ ...options, network: network(roundTripTime, seed) });
  try {
    const open = (name: string) => Participant.open(browser, { name, way: path.ways[name]!, script });
    const times = await timesOfJoins(open, joins);
    return { roundTripTime, ...times };
  } finally {
    await path.close();
  }
}

/**
 * Two people are in a call with cameras and microphones; a third joins repeatedly, each time with a
 * fresh page. `check` runs once in the call of each join.
 */
export async function timesOfJoins(
  open: (name: string) => Promise<Participant>,
  count: number,
  check?: (newcomer: Participant) => Promise<void>,
): Promise<JoinTimes> {
  const people = await Promise.all([...PRESENT, NEWCOMER].map(open));
  try {
    const newcomer = people.at(-1)!;
    const present = people.slice(0, -1);
    const { code, hostToken } = await present[0]!.do('createMeeting', 'auto');
    await present[0]!.enter({ code, hostToken, ...DEVICES });
    await present[1]!.enter({ code, ...DEVICES });
    await present[0]!.do('firstPicture', PRESENT[1]!, LIMIT);
    const joins: Join[] = [];
    for (let index = 0; index < count; index += 1) joins.push(await joinOnce(newcomer, present, code, check));
    const sees = joins.map((join) => join.sees).sort((a, b) => a - b);
    const seen = joins.map((join) => join.seen).sort((a, b) => a - b);
    const middle = joins.toSorted((a, b) => a.sees - b.sees)[Math.floor(joins.length / 2)]!;
    return {
      joins: joins.length,
      sees: percentiles(sees),
      seen: percentiles(seen),
      steps: middle.marks.map(({ at, what }) => ({ after: Math.round(at - middle.clicked), what })),
    };
  } finally {
    for (const one of people) await one.close();
  }
}

async function joinOnce(
  newcomer: Participant,
  present: Participant[],
  code: string,
  check?: (newcomer: Participant) => Promise<void>,
): Promise<Join> {
  await newcomer.reload();
  const { clicked } = await newcomer.enter({ code, ...DEVICES });
  const sees = await Promise.all(PRESENT.map((name) => newcomer.do('firstPicture', name, LIMIT)));
  const seen = await Promise.all(present.map((one) => one.do('firstPicture', NEWCOMER, LIMIT)));
  const marks = await newcomer.do('marks');
  await check?.(newcomer);
  await newcomer.do('leave', NEWCOMER);
  for (const one of present) await one.do('forget', NEWCOMER);
  return { sees: Math.max(...sees) - clicked, seen: Math.max(...seen) - clicked, clicked, marks };
}

/** All people have the same distance from the server. */
function network(roundTripTime: number, seed: number): NetworkSpec {
  const names = [...PRESENT, NEWCOMER];
  const delay = roundTripTime / 2;
  return {
    seed,
    links: Object.fromEntries(names.flatMap((name) => [`${name} up`, `${name} down`].map((link) => [link, { delay }]))),
    people: Object.fromEntries(names.map((name) => [name, { up: [`${name} up`], down: [`${name} down`] }])),
  };
}

function percentiles(sorted: number[]): Percentiles {
  return { p50: Math.round(percentile(sorted, 50)), p95: Math.round(percentile(sorted, 95)) };
}

const PRESENT = ['Ada', 'Ben'];
export const NEWCOMER = 'Cleo';

/**
 * Small pictures, because three browsers, the server and the network share the machine, and
 * encoding is not measured.
 */
const DEVICES = { camera: { width: 640, height: 360, frameRate: 15 }, sound: true };

/** Milliseconds after which a person counts as never seen. */
const LIMIT = 20_000;
