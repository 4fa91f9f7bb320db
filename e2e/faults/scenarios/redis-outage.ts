import type { RedisServer } from '@waterbus/cluster/testing/redis-server';
import { Conversation } from '../bots/conversation.js';
import { type Overseer, oversee } from '../overseer.js';
import type { Figures, Limit, Run } from '../scenario.js';
import { pause } from '../until.js';

/** Takes Redis away and brings it back; resolves when it is back. */
export type Outage = (journal: { history(what: string): void }) => Promise<void>;

/** Limits for every fault of Redis as a whole (R6). */
export const outageLimits: Limit[] = [
  { figure: 'everybody sees everybody after Redis is back, ms', percentile: 100, atMost: 5000, rule: 'R6' },
  { figure: 'nodes declared dead', percentile: 100, atMost: 0, rule: 'R6' },
  { figure: 'health not green', percentile: 100, atMost: 0, rule: 'R6' },
  { figure: 'refused of what a node can do alone', percentile: 100, atMost: 0, rule: 'R6' },
];

/** People on three nodes are active before, during and after an outage of Redis. */
export async function outage(run: Run, happen: Outage): Promise<Figures> {
  const { history, random, log } = run;
  const conversation = await Conversation.begin(run, 6);
  const overseer = await oversee(run, [conversation.roomId]);
  const within = await withinNodes(conversation, overseer);
  conversation.talk();
  await pause(500 + random() * 1000);
  within.begin();
  await happen({ history: (what) => history.write({ type: 'fault', what }) });
  const back = await conversation.recover();
  await within.end();
  conversation.talk();
  await pause(1000);
  await conversation.conclude(() => overseer.homes([conversation.roomId]));
  for (const line of [...overseer.notGreen, ...overseer.declaredDead, ...within.refused].slice(0, 20)) log(line);
  const { acknowledged, refused } = conversation.chat;
  return {
    'everybody sees everybody after Redis is back, ms': [back],
    'nodes declared dead': [overseer.declaredDead.length],
    'health not green': [overseer.notGreen.length],
    'a request within a node, ms': within.took,
    'refused of what a node can do alone': [within.refused.length],
    'chat acknowledged': [acknowledged],
    'chat refused': [refused],
  };
}

/** Prepares the next run, in case this one is abandoned in between. */
export async function bringBack(server: RedisServer): Promise<void> {
  await server.command('PING').catch(() => server.start());
}

/**
 * One person on each node opens and closes a connection to its media worker repeatedly: signalling
 * within a node continues (R6).
 */
export async function withinNodes(
  conversation: Conversation,
  overseer: Overseer,
  nodeIds?: readonly (string | undefined)[],
) {
  const homes = await overseer.homes([conversation.roomId]);
  const media = (await overseer.nodes()).filter(({ kind }) => kind === 'media');
  const pairs = media.flatMap(({ id: mediaNodeId, ownerId }) => {
    if (nodeIds && !nodeIds.includes(ownerId)) return [];
    const bot = conversation.bots.find(({ id }) => homes.get(id) === ownerId);
    return bot ? [{ bot, mediaNodeId }] : [];
  });
  const took: number[] = [];
  const refused: string[] = [];
  let over = false;
  let working = Promise.resolve<unknown>(undefined);
  const work = async ({ bot, mediaNodeId }: (typeof pairs)[number]) => {
    while (!over && bot.call.connection !== 'closed') {
      const begun = performance.now();
      try {
        const { transport } = await bot.request('transport.open', { direction: 'receive', mediaNodeId });
        await bot.request('transport.close', { transportId: transport.id });
        took.push(performance.now() - begun);
      } catch (error) {
        // The end of the call leaves an open request without an answer.
        if (conversation.bots.includes(bot)) refused.push(`${bot.client}: ${error}`);
      }
      await pause(100);
    }
  };
  return {
    took,
    refused,
    begin: () => {
      working = Promise.all(pairs.map(work));
    },
    end: async () => {
      over = true;
      await working;
    },
  };
}
