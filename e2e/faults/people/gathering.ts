import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium as playwright } from '@playwright/test';
import { chromium } from '../../system/browsers.js';
import { createMeeting, enter } from '../../system/call.js';
import type { WsMember } from '../../system/cluster.js';
import type { Waterbus } from '../../system/waterbus.js';
import { Bot } from '../bots/bot.js';
import { type Overseer, oversee } from '../overseer.js';
import type { Figures, Run } from '../scenario.js';
import { pause, until } from '../until.js';
import {
  commonSilences,
  flowingAgain,
  heardAgain,
  longestPictureGap,
  longestSilence,
  type Silence,
  type Stretch,
} from './gaps.js';
import { OtherNetwork } from './other-network.js';
import type { Probe } from './probe.js';
import { SuspendableBrowser } from './suspendable-browser.js';
import { writeTone } from './tone.js';
import { open, type Visitor, visit } from './visitor.js';

export interface GatheringOptions {
  /** Where who comes as number `index` finds the page; default: the balancer's address. */
  addressOf?: (index: number) => string;
  /** Whoever comes last has a browser of its own, which `suspend` stops; or one in a network of its own besides, for `changeAddress`. */
  alone?: 'in its own browser' | 'in another network';
}

/** A call of people in real browsers, each with a small camera picture and a steady tone. */
export class Gathering {
  private constructor(
    private readonly run: Run,
    readonly visitors: readonly Visitor[],
    readonly roomId: string,
    readonly overseer: Overseer,
    private readonly code: string,
    private readonly own: SuspendableBrowser | undefined,
    private readonly network: OtherNetwork | undefined,
  ) {}

  /** Resolves when everybody sees and hears everybody. */
  static async begin(run: Run, options: GatheringOptions = {}): Promise<Gathering> {
    const { addressOf, alone } = options;
    const people = run.short ? FEW : NAMES.length;
    if (run.short) run.log(`${FEW} people instead of ${NAMES.length}`);
    const { cluster, history } = run;
    const folder = await mkdtemp(path.join(tmpdir(), 'waterbus-people-'));
    run.after(() => rm(folder, { recursive: true, force: true }));
    const launch = chromium({ fps: PICTURES_PER_SECOND });
    launch.args.push(`--use-file-for-fake-audio-capture=${await writeTone(folder)}`);
    const browser = await playwright.launch(launch);
    run.after(() => browser.close());
    const network = alone === 'in another network' ? await OtherNetwork.create() : undefined;
    run.after(async () => network?.close());
    const elsewhere = network && `http://${network.host}:${cluster.httpPort}`;
    if (network) {
      launch.executablePath = await network.wrap(launch.executablePath, folder);
      // Browsers give the camera to pages of other machines only over https.
      launch.args.push(`--unsafely-treat-insecure-origin-as-secure=${elsewhere}`);
    }
    const own = alone && (await SuspendableBrowser.launch(launch));
    run.after(async () => own?.close());
    const visitors: Visitor[] = [];
    let link = '';
    for (const [index, name] of NAMES.slice(0, people).entries()) {
      const last = index === people - 1;
      const one = await open(own && last ? own.browser : browser, history, name);
      const address = (last && elsewhere) || (addressOf?.(index) ?? cluster.url);
      if (index === 0) link = await createMeeting(one, { url: cluster.url } as Waterbus);
      else await one.page.goto(new URL(new URL(link).pathname, address).href);
      await enter(one);
      visitors.push(await visit(one, history));
    }
    const snapshot = history.entries.find((entry) => entry.type === 'snapshot');
    if (snapshot?.type !== 'snapshot') throw new Error('Nobody was told of the room');
    const { roomId } = snapshot.room;
    const overseer = await oversee(run, [roomId]);
    const gathering = new Gathering(run, visitors, roomId, overseer, link.split('/').at(-1)!, own, network);
    if ((await gathering.flows(COMING_LIMIT)) >= COMING_LIMIT) throw new Error('Not everybody saw and heard everybody');
    // Whoever came last is still being brought to full quality.
    await pause(SETTLING);
    return gathering;
  }

  /** The browser of who came last is stopped; nothing may be asked of its page until `wake`. */
  async suspend(): Promise<void> {
    await this.own!.suspend();
  }

  wake(): void {
    this.own!.wake();
  }

  /** Of who came last. */
  async changeAddress(): Promise<void> {
    await this.network!.changeAddress();
  }

  /** Milliseconds until everybody has seen and heard everybody else for half a second on end; at most `limit`. What is missing then is logged. */
  async flows(limit: number): Promise<number> {
    const begun = performance.now();
    for (;;) {
      const missing = await this.#missing();
      const took = performance.now() - begun;
      if (missing.length === 0) return took;
      if (took >= limit) {
        for (const line of missing) this.run.log(line);
        return limit;
      }
      await pause(FLOW_INTERVAL);
    }
  }

  async #missing(): Promise<string[]> {
    return (await this.probes()).flatMap(({ visitor, probe }) =>
      this.othersOf(visitor).flatMap((other) => {
        const stretch = { from: probe.now - FLOWING, to: probe.now };
        const picture = longestPictureGap(picturesOf(other, probe), stretch);
        const sound = longestSilence(silencesOf(other, probe, stretch), stretch);
        if (Math.max(picture, sound) < FLOWING * 0.9) return [];
        return [
          `${visitor.name} misses ${other.name}: no picture for ${picture.toFixed(0)} ms, silence of ${sound.toFixed(0)} ms`,
        ];
      }),
    );
  }

  private othersOf(visitor: Visitor): Visitor[] {
    return this.visitors.filter((other) => other !== visitor);
  }

  /** The node at which each is at home. */
  async homes(): Promise<Map<Visitor, WsMember | undefined>> {
    const homes = await this.overseer.homes([this.roomId]);
    return new Map(
      this.visitors.map((visitor) => [
        visitor,
        this.run.cluster.nodes.find(({ nodeId }) => nodeId === homes.get(visitor.participantId)),
      ]),
    );
  }

  /** The node at which most are at home; among equals one by chance. */
  async mostAtHome(): Promise<{ node: WsMember; people: Visitor[] }> {
    const homes = await this.homes();
    const peopleOf = (node: WsMember) => this.visitors.filter((visitor) => homes.get(visitor) === node);
    const { nodes } = this.run.cluster;
    const most = Math.max(...nodes.map((node) => peopleOf(node).length));
    const fullest = nodes.filter((node) => peopleOf(node).length === most);
    const node = fullest[Math.floor(this.run.random() * fullest.length)]!;
    return { node, people: peopleOf(node) };
  }

  /** The Server WS whose media worker most people send to, and that media node. */
  async mostMedia(): Promise<{ node: WsMember; mediaNodeId: string }> {
    const sends = (await Promise.all(this.visitors.map((visitor) => visitor.mediaNodes()))).flatMap(({ send }) => send);
    const count = (id: string) => sends.filter((other) => other === id).length;
    const mediaNodeId = sends.toSorted((a, b) => count(b) - count(a))[0]!;
    const owner = (await this.overseer.nodes()).find(({ id }) => id === mediaNodeId)?.ownerId;
    const node = this.run.cluster.nodes.find(({ nodeId }) => nodeId === owner);
    if (!node) throw new Error(`Nobody owns ${mediaNodeId}`);
    return { node, mediaNodeId };
  }

  /** What everybody missed of everybody in the time that `work` took, under `name`; one value for each stream. */
  measure(name: string, work: () => Promise<unknown>): Promise<{ figures: Figures; missed: Missed[] }> {
    return this.measureAmong(this.visitors, name, work);
  }

  /** The same of some of the people only. */
  async measureAmong(
    visitors: readonly Visitor[],
    name: string,
    work: () => Promise<unknown>,
  ): Promise<{ figures: Figures; missed: Missed[] }> {
    const from = performance.now();
    await work();
    const to = performance.now();
    const missed = (await this.probes(visitors)).flatMap(({ visitor, probe }) => {
      const stretch: Stretch = { from: from - visitor.origin, to: to - visitor.origin };
      const others = visitors.filter((other) => other !== visitor);
      return others.map((other): Missed => {
        const pictures = picturesOf(other, probe);
        const silences = silencesOf(other, probe, stretch);
        return {
          viewer: visitor,
          shown: other,
          picture: longestPictureGap(pictures, stretch),
          sound: longestSilence(silences, stretch),
          again: Math.max(flowingAgain(pictures, stretch, LONG_GAP), heardAgain(silences, stretch, LONG_GAP)),
        };
      });
    });
    return {
      missed,
      figures: {
        [`${name}: video gap, ms`]: missed.map(({ picture }) => picture),
        [`${name}: audio gap, ms`]: missed.map(({ sound }) => sound),
      },
    };
  }

  /** Everybody writes now and then, until the function that is answered was called; it resolves when all was answered. */
  talk(): () => Promise<void> {
    let over = false;
    const talking = Promise.all(
      this.visitors.map(async (visitor) => {
        for (let line = 1; !over; line += 1) {
          await visitor.say(`line ${line} of ${visitor.name}`);
          await pause(TALK_INTERVAL * (0.5 + this.run.random()));
        }
      }),
    );
    // Whoever waits for it hears why; a run that was given up does not.
    talking.catch(() => {});
    const stop = async () => {
      over = true;
      await talking;
    };
    this.run.after(stop);
    return stop;
  }

  /** Whose tiles, since `from`, went away or said that somebody is reconnecting, and on whose pages. */
  async notices(from: number): Promise<{ went: Notice[]; reconnecting: Notice[] }> {
    const told = (await this.probes()).flatMap(({ visitor, probe }) =>
      probe.shown
        .filter(({ at }) => at > from - visitor.origin)
        .flatMap(({ participantId, what }) => {
          const of = this.visitors.find(({ ids }) => ids.includes(participantId));
          return of ? [{ what, viewer: visitor, of }] : [];
        }),
    );
    const only = (wanted: string) => told.filter(({ what }) => what === wanted);
    return { went: only('went'), reconnecting: only('reconnecting') };
  }

  /** Tiles of people who are called otherwise now, and whoever is in the room under a former name. */
  async ghosts(): Promise<string[]> {
    await this.probes();
    const now = this.visitors.map(({ participantId }) => participantId);
    const homes = [...(await this.overseer.homes([this.roomId])).keys()];
    const shown = await Promise.all(
      this.visitors.map(async ({ name, page }) => {
        const tiles = page.locator('[data-participant-id]');
        const ids = await tiles.evaluateAll((all) => all.map((tile) => (tile as HTMLElement).dataset.participantId!));
        return ids.filter((id) => !now.includes(id)).map((id) => `${name} shows ${id}`);
      }),
    );
    return [...homes.filter((id) => !now.includes(id)).map((id) => `the room has ${id}`), ...shown.flat()];
  }

  /** Resolves when all three Server WS and their media workers take part in the cluster. */
  async allServersBack(): Promise<void> {
    const back = async () => {
      const records = await this.overseer.nodes();
      return this.run.cluster.nodes.every(
        ({ nodeId }) => records.some(({ id }) => id === nodeId) && records.some(({ ownerId }) => ownerId === nodeId),
      );
    };
    if ((await until(back, COMING_LIMIT)) >= COMING_LIMIT) throw new Error('Not all servers came back');
  }

  /** Writes down how it ended, and what an outsider who comes then is told. */
  async conclude(): Promise<void> {
    const { history, cluster } = this.run;
    const client = 'outsider';
    const bot = await Bot.join({ history, client, url: cluster.url, code: this.code, publishes: false });
    this.run.after(() => bot.call.leave());
    const all = [...this.visitors.map(({ participantId }) => participantId), bot.id];
    await until(async () => {
      const views = await Promise.all(this.visitors.map(({ page }) => page.locator('[data-participant-id]').count()));
      return views.every((count) => count === all.length);
    }, COMING_LIMIT);
    const backlogs = await Promise.all(this.visitors.map((visitor) => visitor.conclude()));
    await bot.conclude();
    const { room } = await bot.request('sync', {});
    // The first of them is the host, who may read everything.
    const messages = backlogs[0] ?? [];
    await this.overseer.homes([this.roomId]);
    history.write({ type: 'final', room, messages, present: all });
  }

  private async probes(of = this.visitors): Promise<{ visitor: Visitor; probe: Probe }[]> {
    return Promise.all(
      of.map(async (visitor) => {
        const probe = await visitor.probe();
        return { visitor, probe };
      }),
    );
  }
}

function picturesOf({ ids }: Visitor, { pictures }: Probe): number[] {
  return ids.flatMap((id) => pictures[id] ?? []);
}

/** Who was never listened to was silent all the time. */
function silencesOf({ ids }: Visitor, { silences }: Probe, { from, to }: Stretch): Silence[] {
  return commonSilences(ids.map((id) => silences[id] ?? [{ length: to - from, end: to }]));
}

/** What the page of `viewer` told of somebody. */
export interface Notice {
  viewer: Visitor;
  of: Visitor;
}

/** What one person missed of another, in milliseconds. */
export interface Missed {
  viewer: Visitor;
  shown: Visitor;
  /** The longest time without a picture, and without a sound. */
  picture: number;
  sound: number;
  /** From the begin until pictures and sound came without long gaps. */
  again: number;
}

/** Four, because that is what two cores carry. */
const NAMES = ['Ada', 'Ben', 'Cleo', 'Dan'];

/** In CI, where the cores have other work too. */
const FEW = 3;

/** Milliseconds. */
const COMING_LIMIT = 30_000;
const SETTLING = 3_000;

/** Milliseconds on end that somebody must have been seen and heard, and between two looks: each costs every page a little. */
const FLOWING = 500;
const FLOW_INTERVAL = 250;

/** As many as a browser that is short of processors still manages; a gap of 200 ms is three lost. */
const PICTURES_PER_SECOND = 20;

/** Milliseconds between two messages of one person. */
const TALK_INTERVAL = 600;

/** Milliseconds: longer ones are an interruption. Gaps of 133 ms happen without any fault on two cores. */
const LONG_GAP = 400;
