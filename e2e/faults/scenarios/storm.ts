import { createMeeting } from '@waterbus/client/testing/create-meeting';
import { Bot } from '../bots/bot.js';
import { oversee } from '../overseer.js';
import type { Run, Scenario } from '../scenario.js';
import { PATIENCE, pause, until } from '../until.js';

/**
 * Cuts all sockets in the same moment, as a restart of a load balancer does. All clients return at
 * once, and each room is notified of every disconnect and return of its people.
 */
export const scenario: Scenario = {
  name: 'storm',
  what: '2,000 people in 100 rooms on three nodes lose their sockets at once and come back',
  limits: [
    { figure: 'a person is back, ms', percentile: 100, atMost: 10_000, rule: 'all back within 10 s' },
    { figure: 'everybody sees everybody, ms', percentile: 100, atMost: 15_000, rule: 'R2' },
    { figure: 'came back as somebody new', percentile: 100, atMost: 0, rule: 'R3' },
    { figure: 'nodes declared dead', percentile: 100, atMost: 0, rule: 'R4' },
  ],
  async run(run) {
    const { history, short, log } = run;
    const rooms = short ? SHORT_ROOMS : ROOMS;
    if (short) log(`${SHORT_ROOMS * ROOM_SIZE} people in ${SHORT_ROOMS} rooms instead of 2,000 in 100`);
    const parties: Party[] = [];
    run.after(() => Promise.all(parties.flatMap(({ bots }) => bots.map(({ call }) => call.leave()))));
    for (let begun = 0; begun < rooms; begun += ROOMS_AT_ONCE) {
      const batch = Math.min(ROOMS_AT_ONCE, rooms - begun);
      parties.push(...(await Promise.all(Array.from({ length: batch }, (_, index) => gather(run, begun + index)))));
    }
    const roomIds = parties.map(({ roomId }) => roomId);
    const overseer = await oversee(run, roomIds);
    const bots = parties.flatMap((party) => party.bots);
    const ids = new Map(bots.map((bot) => [bot, bot.id]));
    await until(() => allSee(parties), PATIENCE);
    await pause(1000);

    history.write({ type: 'fault', what: `${bots.length} sockets are cut` });
    const cutAt = performance.now();
    const backAt = new Map<Bot, number>();
    for (const bot of bots) {
      bot.call.on('connection', (state) => {
        if (state === 'connected' && !backAt.has(bot)) backAt.set(bot, performance.now() - cutAt);
      });
    }
    for (const bot of bots) bot.cut();
    await until(() => backAt.size === bots.length, PATIENCE);
    const seen = performance.now() - cutAt + (await until(() => allSee(parties), PATIENCE));

    for (const party of parties) await conclude(run, party);
    await overseer.homes(roomIds);
    return {
      'a person is back, ms': bots.map((bot) => backAt.get(bot) ?? Number.POSITIVE_INFINITY),
      'everybody sees everybody, ms': [seen],
      'came back as somebody new': [bots.filter((bot) => bot.id !== ids.get(bot)).length],
      'nodes declared dead': [overseer.declaredDead.length],
    };
  },
};

interface Party {
  roomId: string;
  bots: Bot[];
}

async function gather({ cluster, history }: Run, room: number): Promise<Party> {
  const { meeting } = await createMeeting({ server: cluster.url, title: `Room ${room}` });
  const bots: Bot[] = [];
  for (let seat = 1; seat <= ROOM_SIZE; seat += 1) {
    const client = `room-${room}-bot-${seat}`;
    bots.push(await Bot.join({ history, client, url: cluster.url, code: meeting.code, publishes: false }));
  }
  const first = history.entries.findLast((entry) => entry.type === 'snapshot' && entry.client === `room-${room}-bot-1`);
  if (first?.type !== 'snapshot') throw new Error('Nobody received the room');
  return { roomId: first.room.roomId, bots };
}

function allSee(parties: Party[]): boolean {
  return parties.every(({ bots }) => bots.every((bot) => bot.sees(bots.filter((other) => other !== bot))));
}

async function conclude({ history }: Run, { bots }: Party): Promise<void> {
  const [first] = bots;
  await Promise.all(bots.map((bot) => bot.conclude({ chat: false })));
  const { room } = await first!.request('sync', {});
  history.write({ type: 'final', room, messages: [], present: bots.map(({ id }) => id) });
}

const ROOMS = 100;
const SHORT_ROOMS = 10;
const ROOM_SIZE = 20;

/** Joining is not measured, and goes as fast as the machine allows. */
const ROOMS_AT_ONCE = 10;
