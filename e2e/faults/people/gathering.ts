import { createMeeting, enter } from '../../system/call.js';
import type { WsMember } from '../../system/cluster.js';
import type { Waterbus } from '../../system/waterbus.js';
import { Bot } from '../bots/bot.js';
import { type Overseer, oversee } from '../overseer.js';
import type { Run } from '../scenario.js';
import { PATIENCE, pause, until } from '../until.js';
import { type Alone, type Browsers, openBrowsers } from './browsers.js';
import { Onlookers } from './onlookers.js';
import { open, type Visitor, visit } from './visitor.js';

export interface GatheringOptions {
  /** The page's address for person number `index`; default: the balancer's address. */
  addressOf?: (index: number) => string;
  /**
   * The last person has a separate browser, for `suspend`, or also a separate network, for
   * `changeAddress`.
   */
  alone?: Alone;
}

/** A call of people in real browsers, each with a small camera picture and a steady tone. */
export class Gathering extends Onlookers {
  private constructor(
    private readonly run: Run,
    visitors: readonly Visitor[],
    readonly roomId: string,
    readonly overseer: Overseer,
    private readonly code: string,
    private readonly browsers: Browsers,
  ) {
    super(visitors, run.log, run.short);
  }

  /** Resolves when everybody sees and hears everybody. */
  static async begin(run: Run, options: GatheringOptions = {}): Promise<Gathering> {
    const { addressOf, alone } = options;
    const people = run.short ? FEW : NAMES.length;
    if (run.short) run.log(`${FEW} people instead of ${NAMES.length}`);
    const { cluster, history } = run;
    const browsers = await openBrowsers(run, alone);
    const visitors: Visitor[] = [];
    let link = '';
    for (const [index, name] of NAMES.slice(0, people).entries()) {
      const last = index === people - 1;
      const { browser, url = addressOf?.(index) ?? cluster.url } = last ? browsers.last : browsers.others;
      const one = await open(browser, history, name);
      if (index === 0) link = await createMeeting(one, { url: cluster.url } as Waterbus);
      else await one.page.goto(new URL(new URL(link).pathname, url).href);
      await enter(one);
      visitors.push(await visit(one, history));
    }
    const snapshot = history.entries.find((entry) => entry.type === 'snapshot');
    if (snapshot?.type !== 'snapshot') throw new Error('Nobody received the room');
    const { roomId } = snapshot.room;
    const overseer = await oversee(run, [roomId]);
    const gathering = new Gathering(run, visitors, roomId, overseer, link.split('/').at(-1)!, browsers);
    await gathering.allFlows();
    // The pictures of the last person still rise to full quality.
    await pause(run.short ? SHORT_SETTLING : SETTLING);
    return gathering;
  }

  /** Resolves when everybody sees and hears everybody; rejects after a timeout. */
  async allFlows(): Promise<void> {
    if ((await this.flows(PATIENCE)) === Number.POSITIVE_INFINITY)
      throw new Error('Not everybody saw and heard everybody');
  }

  /** Stops the browser of the last person; its page must not be used until `wake`. */
  async suspend(): Promise<void> {
    await this.browsers.own!.suspend();
  }

  wake(): void {
    this.browsers.own!.wake();
  }

  /** Changes the address of the last person. */
  async changeAddress(): Promise<void> {
    await this.browsers.network!.changeAddress();
  }

  /** The home node of each person. */
  async homes(): Promise<Map<Visitor, WsMember | undefined>> {
    const homes = await this.overseer.homes([this.roomId]);
    return new Map(
      this.visitors.map((visitor) => [
        visitor,
        this.run.cluster.nodes.find(({ nodeId }) => nodeId === homes.get(visitor.participantId)),
      ]),
    );
  }

  /**
   * The node with most homes; on a tie `preferred`, else a random one of them. If it can be, at
   * least `elsewhere` people are at home on other nodes.
   */
  async mostAtHome(preferred: WsMember, elsewhere = 0): Promise<{ node: WsMember; people: Visitor[] }> {
    const homes = await this.homes();
    const peopleOf = (node: WsMember) => this.visitors.filter((visitor) => homes.get(visitor) === node);
    const { nodes } = this.run.cluster;
    const leaves = nodes.filter((node) => this.visitors.length - peopleOf(node).length >= elsewhere);
    const candidates = leaves.some((node) => peopleOf(node).length > 0) ? leaves : nodes;
    const most = Math.max(...candidates.map((node) => peopleOf(node).length));
    const fullest = candidates.filter((node) => peopleOf(node).length === most);
    const chance = Math.floor(this.run.random() * fullest.length);
    const node = fullest.includes(preferred) ? preferred : fullest[chance]!;
    return { node, people: peopleOf(node) };
  }

  /** The media node that most people send to, and its Server WS. */
  async mostMedia(): Promise<{ node: WsMember; mediaNodeId: string }> {
    const sends = (await Promise.all(this.visitors.map((visitor) => visitor.mediaNodes()))).flatMap(({ send }) => send);
    const count = (id: string) => sends.filter((other) => other === id).length;
    const mediaNodeId = sends.toSorted((a, b) => count(b) - count(a))[0]!;
    const owner = (await this.overseer.nodes()).find(({ id }) => id === mediaNodeId)?.ownerId;
    const node = this.run.cluster.nodes.find(({ nodeId }) => nodeId === owner);
    if (!node) throw new Error(`Nobody owns ${mediaNodeId}`);
    return { node, mediaNodeId };
  }

  /**
   * Lets everybody write now and then until the returned function is called; that resolves after
   * the last answer.
   */
  talk(): () => Promise<void> {
    let over = false;
    const talking = Promise.all(
      this.visitors.map(async (visitor) => {
        for (let line = 1; !over; line += 1) {
          await visitor.sendMessage(`line ${line} of ${visitor.name}`);
          await pause(TALK_INTERVAL * (0.5 + this.run.random()));
        }
      }),
    );
    // A caller of `stop` gets the error; an abandoned run ignores it.
    talking.catch(() => {});
    const stop = async () => {
      over = true;
      await talking;
    };
    this.run.after(stop);
    return stop;
  }

  /** Tiles of former participants, and former participants in the room. */
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

  /** Resolves when all three Server WS and their media workers are members of the cluster. */
  async allServersBack(): Promise<void> {
    const back = async () => {
      const records = await this.overseer.nodes();
      return this.run.cluster.nodes.every(
        ({ nodeId }) => records.some(({ id }) => id === nodeId) && records.some(({ ownerId }) => ownerId === nodeId),
      );
    };
    if ((await until(back, PATIENCE)) === Number.POSITIVE_INFINITY) throw new Error('Not all servers came back');
  }

  /** Records the end of the run, and the view of an outsider who joins then. */
  async conclude(): Promise<void> {
    const { history, cluster } = this.run;
    const client = 'outsider';
    const bot = await Bot.join({ history, client, url: cluster.url, code: this.code, publishes: false });
    this.run.after(() => bot.call.leave());
    const all = [...this.visitors.map(({ participantId }) => participantId), bot.id];
    await until(async () => {
      const views = await Promise.all(this.visitors.map(({ page }) => page.locator('[data-participant-id]').count()));
      return views.every((count) => count === all.length);
    }, PATIENCE);
    const backlogs = await Promise.all(this.visitors.map((visitor) => visitor.conclude()));
    await bot.conclude();
    const { room } = await bot.request('sync', {});
    // The first person is the host, who may read all messages.
    const messages = backlogs[0] ?? [];
    await this.overseer.homes([this.roomId]);
    history.write({ type: 'final', room, messages, present: all });
  }
}

/** Four, the capacity of two cores. */
const NAMES = ['Ada', 'Ben', 'Cleo', 'Dan'];

/** For CI, where the cores have other work too. */
const FEW = 3;

/** Milliseconds. */
const SETTLING = 3_000;
const SHORT_SETTLING = 1_000;

/**
 * Milliseconds between two messages of one person. Each takes a tenth of a second of the two cores,
 * in four pages and the servers.
 */
const TALK_INTERVAL = 2_000;
