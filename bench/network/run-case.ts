import { readFile, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { runBeforeOtherWork } from './before-other-work.js';
import type { Case } from './cases/case.js';
import { type OpenCall, openCall, type Surroundings, warmUp } from './open-call.js';
import type { Seen } from './page/page.js';
import type { LinkReport } from './path/messages.js';

/** The pictures, sounds and traffic of a case. Times are milliseconds of the machine's clock. */
export interface Recording {
  begun: number;
  ended: number;
  /** By viewer. */
  seen: Record<string, Seen>;
  /** By sending browser context. */
  sent: Record<string, Seen>;
  links: Record<string, LinkReport>;
  /** The media worker's statistics of its transports with consumers, every half second. */
  transports: TransportSample[];
  /** Delays of the network's timers in milliseconds. */
  lateness: { p50: number; p99: number };
  /** Load average of the last minute. */
  load: number;
}

/** A sample of `TransportStats`, with its time. */
export interface TransportSample {
  at: number;
  id: string;
  /** Bits per second. */
  availableOutgoingBitrate?: number;
  consumers: unknown[];
}

export async function runCase(
  test: Case,
  surroundings: Surroundings & { /** Where `worker-probe.mjs` writes. */ probeFile: string },
): Promise<Recording> {
  await writeFile(surroundings.probeFile, '');
  const call = await openCall(test, surroundings);
  try {
    await runBeforeOtherWork();
    await warmUp(test, call);
    await runBeforeOtherWork();
    return await record(test, call, surroundings.probeFile);
  } finally {
    await call.close();
  }
}

async function record(
  test: Case,
  { path, contexts, contextOf, enter }: OpenCall,
  probeFile: string,
): Promise<Recording> {
  const begun = await path.begin();
  for (const { at, act } of actionsOf(test, { contextOf, enter })) {
    await until(begun + at * 1000);
    await act();
  }
  await until(begun + test.duration * 1000);
  const { links, lateness } = await path.report();
  const seenBy = async (names: Iterable<string>) =>
    Object.fromEntries(
      await Promise.all([...names].map(async (name) => [name, await contexts.get(name)!.do('seen')] as const)),
    );
  const senders = test.people.filter(({ camera }) => camera);
  return {
    begun,
    ended: begun + test.duration * 1000,
    seen: await seenBy(test.viewers),
    sent: await seenBy(new Set(senders.map(({ name, context = name }) => context))),
    links,
    transports: await readSamples(probeFile),
    lateness,
    load: loadavg()[0]!,
  };
}

async function readSamples(file: string): Promise<TransportSample[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as TransportSample).filter(({ consumers }) => consumers.length > 0);
}

/** Later joins, and the times at which cameras are switched off and on. */
function actionsOf(test: Case, { contextOf, enter }: Pick<OpenCall, 'contextOf' | 'enter'>) {
  const later = test.people.flatMap((person) =>
    person.from === undefined ? [] : [{ at: person.from, act: () => enter(person) }],
  );
  const pauses = (test.pauses ?? []).map(({ who, at, paused }) => {
    const person = test.people.find(({ name }) => name === who)!;
    return { at, act: () => contextOf(person).do('pauseCamera', who, paused) };
  });
  return [...later, ...pauses].sort((a, b) => a.at - b.at);
}

async function until(time: number): Promise<void> {
  await pause(Math.max(0, time - performance.timeOrigin - performance.now()));
}
