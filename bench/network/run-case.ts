import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Browser } from '@playwright/test';
import type { Case, Person } from './cases/case.js';
import type { Seen } from './page/page.js';
import { Participant } from './participant.js';
import type { LinkReport } from './path/messages.js';
import { type Path, startPath } from './path/start-path.js';

/** What was seen, heard and forwarded in a case. Times are milliseconds of the machine's clock. */
export interface Recording {
  begun: number;
  ended: number;
  /** By viewer. */
  seen: Record<string, Seen>;
  /** By browser context that sends. */
  sent: Record<string, Seen>;
  links: Record<string, LinkReport>;
  /** Milliseconds by which the network's timers came late. */
  lateness: { p50: number; p99: number };
  /** Load average of the last minute. */
  load: number;
}

export interface Surroundings {
  browser: Browser;
  script: string;
  seed: number;
  mediaPort: number;
  httpPort: number;
}

export async function runCase(test: Case, surroundings: Surroundings): Promise<Recording> {
  const { browser, script, seed } = surroundings;
  const path = await startPath({ ...surroundings, network: { ...test.network, seed } });
  const contexts = new Map<string, Participant>();
  try {
    for (const name of Object.keys(test.network.people)) {
      contexts.set(name, await Participant.open(browser, { name, ports: path.ports[name]!, script }));
    }
    return await call(test, path, contexts);
  } finally {
    for (const context of contexts.values()) await context.close();
    await path.close();
  }
}

async function call(test: Case, path: Path, contexts: Map<string, Participant>): Promise<Recording> {
  const contextOf = ({ name, context = name }: Person) => contexts.get(context)!;
  const [first] = test.people;
  const { code, hostToken } = await contextOf(first!).do('createMeeting');
  const enter = async (person: Person) => {
    const { name, camera, sound, tile } = person;
    const subscribe = person.sees ?? test.viewers.includes(name);
    const entering = { code, ...(person === first && { hostToken }), name, camera, sound, tile, subscribe };
    await contextOf(person).do('openDevices', entering);
    await contextOf(person).do('enter', entering);
    await contextOf(person).do('sampleEvery', name, SAMPLE_INTERVAL);
  };
  for (const person of test.people.filter(({ from }) => from === undefined)) await enter(person);
  const senders = test.people.filter(({ camera }) => camera);
  await Promise.all(
    test.viewers
      .filter((name) => test.people.find((person) => person.name === name)?.from === undefined)
      .flatMap((viewer) =>
        senders
          .filter(({ name }) => name !== viewer)
          .map(({ name }) => contexts.get(viewer)!.do('firstPicture', name, FIRST_PICTURE)),
      ),
  );
  const begun = await path.begin();
  const actions = [
    ...test.people
      .filter(({ from }) => from !== undefined)
      .map((person) => ({ at: person.from!, act: () => enter(person) })),
    ...(test.pauses ?? []).map(({ who, at, paused }) => ({
      at,
      act: () => contextOf(test.people.find(({ name }) => name === who)!).do('pauseCamera', who, paused),
    })),
  ].sort((a, b) => a.at - b.at);
  for (const { at, act } of actions) {
    await until(begun + at * 1000);
    await act();
  }
  await until(begun + test.duration * 1000);
  const { links, lateness } = await path.report();
  const seenBy = async (names: Iterable<string>) =>
    Object.fromEntries(
      await Promise.all([...names].map(async (name) => [name, await contexts.get(name)!.do('seen')] as const)),
    );
  return {
    begun,
    ended: begun + test.duration * 1000,
    seen: await seenBy(test.viewers),
    sent: await seenBy(new Set(senders.map(({ name, context = name }) => context))),
    links,
    lateness,
    load: loadavg()[0]!,
  };
}

async function until(time: number): Promise<void> {
  await pause(Math.max(0, time - performance.timeOrigin - performance.now()));
}

/** Milliseconds. */
const SAMPLE_INTERVAL = 500;

/** Milliseconds after which the schedule begins although a viewer has no picture. */
const FIRST_PICTURE = 10_000;
