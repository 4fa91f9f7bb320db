import { setTimeout as pause } from 'node:timers/promises';
import type { Browser } from '@playwright/test';
import type { VideoCodecSetting } from '@waterbus/protocol';
import type { Case, Person } from './cases/case.js';
import { Participant } from './participant.js';
import type { NetworkSpec } from './path/messages.js';
import type { Path } from './path/start-path.js';

export interface Surroundings {
  script: string;
  seed: number;
  /** The codec setting of the meeting. */
  videoCodec: VideoCodecSetting;
  /** `own`: another program and arguments, for a person with a separate browser. */
  launch(own?: { executablePath: string; args: string[] }): Promise<Browser>;
  openPath(network: NetworkSpec): Promise<Path>;
}

/** A call through the network of a case, with all people who are present from the begin. */
export interface OpenCall {
  path: Path;
  /** By name of the browser context. */
  contexts: ReadonlyMap<string, Participant>;
  contextOf(person: Person): Participant;
  /** Lets a person join. */
  enter(person: Person): Promise<void>;
  close(): Promise<void>;
}

/** Opens a call with new browsers, so that no state of an earlier call affects it. */
export async function openCall(test: Case, surroundings: Surroundings): Promise<OpenCall> {
  const { launch, openPath, script, seed, videoCodec } = surroundings;
  const path = await openPath({ ...test.network, seed });
  const contexts = new Map<string, Participant>();
  const browsers: Browser[] = [];
  const close = async () => {
    for (const browser of browsers) await browser.close();
    await path.close();
  };
  try {
    const shared = await launch();
    browsers.push(shared);
    for (const name of Object.keys(test.network.people)) {
      const way = path.ways[name]!;
      const browser = way.browser ? await launch(way.browser) : shared;
      if (browser !== shared) browsers.push(browser);
      contexts.set(name, await Participant.open(browser, { name, way, script }));
    }
    const contextOf = ({ name, context = name }: Person) => contexts.get(context)!;
    const { code, hostToken } = await contextOf(test.people[0]!).do('createMeeting', videoCodec);
    const enter = async (person: Person) => {
      const { name, camera, sound, tile } = person;
      const subscribe = person.sees ?? test.viewers.includes(name);
      const host = person === test.people[0] && { hostToken };
      const entering = { code, ...host, name, camera, sound, tile, subscribe };
      await contextOf(person).do('openDevices', entering);
      await contextOf(person).do('enter', entering);
      await contextOf(person).do('sampleEvery', name, SAMPLE_INTERVAL);
    };
    for (const person of test.people.filter(({ from }) => from === undefined)) await enter(person);
    return { path, contexts, contextOf, enter, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Waits until all cameras are seen, and sent at their full size, or until a timeout. */
export async function warmUp(test: Case, { contexts, contextOf }: OpenCall): Promise<void> {
  const senders = test.people.filter(({ camera }) => camera);
  const present = test.viewers.filter((name) => !test.people.find((person) => person.name === name)?.from);
  await Promise.all(
    present.flatMap((viewer) =>
      senders
        .filter(({ name }) => name !== viewer)
        .map(({ name }) => contexts.get(viewer)!.do('firstPicture', name, FIRST_PICTURE)),
    ),
  );
  await Promise.all(senders.map((sender) => sentLarge(sender, contextOf(sender))));
}

/** Browsers begin with small pictures and enlarge them as they learn the capacity of their line. */
async function sentLarge({ name, camera }: Person, context: Participant): Promise<void> {
  const deadline = performance.now() + WARM_UP;
  while (performance.now() < deadline && (await context.do('sentHeight', name)) < camera!.height) {
    await pause(SAMPLE_INTERVAL);
  }
}

/** Milliseconds. */
const SAMPLE_INTERVAL = 500;

/** Milliseconds after which the call continues although a viewer has no picture. */
const FIRST_PICTURE = 10_000;

/** Milliseconds after which the call continues although a camera is not sent at its full size. */
const WARM_UP = 15_000;
