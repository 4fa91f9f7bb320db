import { createMeeting } from '@waterbus/client/testing/create-meeting';
import type { Run } from '../scenario.js';
import { PATIENCE, pause, until } from '../until.js';
import { Bot } from './bot.js';

/**
 * A meeting of active bots: they mute and unmute, write, join and leave, and their host mutes
 * others, at random. Failures during a fault are recorded and do not fail the run; the final view
 * and the stored data must be right.
 */
export class Conversation {
  readonly bots: Bot[] = [];
  /** Chat messages by outcome. */
  readonly chat = { acknowledged: 0, refused: 0 };
  #silent = true;
  #talking = Promise.resolve();
  #underWay = new Set<Promise<unknown>>();
  #over = false;
  #names = 0;

  private constructor(
    private readonly run: Run,
    readonly code: string,
    private readonly hostToken: string | undefined,
  ) {}

  /** Resolves when `count` bots are in the call and see each other. The first one is the host. */
  static async begin(run: Run, count: number): Promise<Conversation> {
    const { meeting, hostToken } = await createMeeting({ server: run.cluster.url, title: 'Weekly' });
    const conversation = new Conversation(run, meeting.code, hostToken ?? undefined);
    run.after(() => conversation.end());
    for (let index = 0; index < count; index += 1) await conversation.come();
    await conversation.seeEachOther();
    return conversation;
  }

  get host(): Bot {
    return this.bots[0]!;
  }

  get roomId(): string {
    const snapshot = this.run.history.entries.find(
      (entry) => entry.type === 'snapshot' && entry.client === this.host.client,
    );
    if (snapshot?.type !== 'snapshot') throw new Error('The host received no snapshot of the room');
    return snapshot.room.roomId;
  }

  /** Adds a bot. Rejects as `join` of the SDK does. */
  async come(): Promise<Bot> {
    this.#names += 1;
    const { run, code, hostToken } = this;
    const bot = await Bot.join({
      history: run.history,
      client: `bot-${this.#names}`,
      url: run.cluster.url,
      code,
      ...(this.#names === 1 && hostToken !== undefined && { hostToken }),
    });
    if (this.#over) await bot.call.leave();
    else this.bots.push(bot);
    return bot;
  }

  /** Removes a bot, never the host. */
  async go(): Promise<void> {
    const index = 1 + Math.floor(this.run.random() * (this.bots.length - 1));
    const [bot] = this.bots.splice(index, 1);
    await bot?.call.leave();
  }

  /** Starts an action every `interval` milliseconds on average, until `fallSilent`. */
  talk({ interval = 150 }: { interval?: number } = {}): void {
    this.#silent = false;
    this.#talking = (async () => {
      for (let line = 1; !this.#silent; line += 1) {
        this.#act(`line ${line}`);
        await pause(interval * (0.5 + this.run.random()));
      }
    })();
  }

  /** Starts no more actions; resolves when all started ones have finished. */
  async fallSilent(): Promise<void> {
    this.#silent = true;
    await this.#talking;
    await Promise.allSettled([...this.#underWay]);
  }

  /**
   * Milliseconds until every bot shows every other in its true state. Each bot first changes its
   * own state, which distinguishes the new view from an old one. No other action starts meanwhile.
   */
  async recover(): Promise<number> {
    this.#silent = true;
    for (const bot of this.bots) bot.mute(!(bot.muted ?? false));
    return this.seeEachOther();
  }

  /**
   * Milliseconds until every bot shows every other in its true state; Infinity when some never do.
   * Those are logged.
   */
  async seeEachOther(): Promise<number> {
    const wrong = () =>
      this.bots.filter((bot) => bot.muted === undefined || !bot.sees(this.bots.filter((other) => other !== bot)));
    const took = await until(() => wrong().length === 0, PATIENCE);
    if (took === Number.POSITIVE_INFINITY)
      for (const bot of wrong()) this.run.log(`${bot.client} shows ${bot.shown()}`);
    return took;
  }

  /** Records the end of the run. */
  async conclude(homes: () => Promise<unknown>): Promise<void> {
    await this.fallSilent();
    await this.recover();
    await this.#chatArrived();
    for (const bot of this.bots) await bot.conclude();
    const { room } = await this.host.request('sync', {});
    const messages = await this.host.backlog();
    await homes();
    this.run.history.write({ type: 'final', room, messages, present: this.bots.map(({ id }) => id) });
  }

  async end(): Promise<void> {
    this.#over = true;
    await this.fallSilent();
    await Promise.all(this.bots.map(({ call }) => call.leave()));
  }

  #act(text: string): void {
    const { random } = this.run;
    const bot = this.bots[Math.floor(random() * this.bots.length)]!;
    const luck = random();
    if (luck < 0.4) bot.mute(!(bot.muted ?? false));
    else if (luck < 0.8) this.#begin(this.#sendMessage(bot, text, random() < 0.5));
    else if (luck < 0.9 && bot !== this.host && bot.muted === false) {
      this.#begin(this.host.call.moderation.mute(bot.id).catch(() => {}));
    } else if (luck < 0.95 && this.bots.length < MOST) this.#begin(this.come().catch(() => {}));
    else if (luck >= 0.95 && this.bots.length > FEWEST) this.#begin(this.go());
  }

  /** Half of the bots retry a refused message, as the same message. */
  async #sendMessage(bot: Bot, text: string, again: boolean): Promise<void> {
    const clientId = crypto.randomUUID();
    let refused = await bot.sendMessage(text, clientId);
    for (let attempt = 0; refused && again && attempt < TRIES && !this.#over; attempt += 1) {
      await pause(1000);
      refused = await bot.sendMessage(text, clientId);
    }
    this.chat[refused ? 'refused' : 'acknowledged'] += 1;
  }

  /** Live messages may still be under way. */
  async #chatArrived(): Promise<void> {
    await Promise.all(this.bots.map((bot) => bot.request('sync', {})));
  }

  #begin(work: Promise<unknown>): void {
    const done = work.finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
  }
}

/**
 * Bounds of the number of bots in the call: few enough to be quick, enough to have one on every
 * node.
 */
const FEWEST = 5;
const MOST = 9;

/** Retries of a refused message, a second apart. */
const TRIES = 10;
