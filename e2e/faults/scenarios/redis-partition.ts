import { Conversation } from '../bots/conversation.js';
import { oversee } from '../overseer.js';
import type { Scenario } from '../scenario.js';
import { PATIENCE, pause, until } from '../until.js';
import { withinNodes } from './redis-outage.js';

/**
 * To the others, a node without a connection to Redis is like a dead one. Its people leave their
 * view (R4), but stay in the call with the people of their own node.
 */
export const scenario: Scenario = {
  name: 'redis-partition',
  what: 'One of three nodes is cut off from Redis for 10 s by a proxy that swallows everything, while people on all three talk',
  limits: [
    { figure: 'others see those behind the partition leave, ms', percentile: 100, atMost: 5000, rule: 'R4' },
    { figure: 'others go on seeing each other, ms', percentile: 100, atMost: 1000, rule: 'R6' },
    { figure: 'everybody sees everybody after the partition, ms', percentile: 100, atMost: 5000, rule: 'R6' },
    { figure: 'other nodes declared dead', percentile: 100, atMost: 0, rule: 'R6' },
    { figure: 'health not green', percentile: 100, atMost: 0, rule: 'R6' },
    { figure: 'refused of what the node can do alone', percentile: 100, atMost: 0, rule: 'R6' },
  ],
  async run(run) {
    const { cluster, history, random, short, log } = run;
    const lasts = short ? SHORT : LASTS;
    if (short) log(`cut off for ${SHORT / 1000} s instead of ${LASTS / 1000} s`);
    const conversation = await Conversation.begin(run, 6);
    const overseer = await oversee(run, [conversation.roomId]);
    conversation.talk();
    await pause(500 + random() * 1000);
    await conversation.fallSilent();
    const homes = await overseer.homes([conversation.roomId]);
    const node = cluster.nodes[Math.floor(random() * cluster.nodes.length)]!;
    const proxy = node.redisProxy!;
    const within = await withinNodes(conversation, overseer, [node.nodeId]);
    const inside = conversation.bots.filter(({ id }) => homes.get(id) === node.nodeId);
    const outside = conversation.bots.filter((bot) => !inside.includes(bot));
    log(`${node.name} with ${inside.map(({ client }) => client).join(', ')}`);

    history.write({ type: 'fault', what: `${node.nodeId} is cut off from Redis` });
    history.write({ type: 'lost', participantIds: inside.map(({ id }) => id) });
    proxy.swallowing = true;
    run.after(async () => {
      proxy.swallowing = false;
      proxy.cut();
    });
    within.begin();
    const begun = performance.now();
    const seesNone = () =>
      outside.every(({ call }) => !call.participants.some(({ id }) => inside.some((bot) => bot.id === id)));
    const left = await until(seesNone, PATIENCE);
    const seen: number[] = [];
    while (performance.now() - begun < lasts) {
      for (const bot of outside) bot.mute(!bot.muted);
      seen.push(
        await until(() => outside.every((bot) => bot.sees(outside.filter((other) => other !== bot))), PATIENCE),
      );
      await pause(1000);
    }
    await within.end();
    proxy.swallowing = false;
    proxy.cut();
    history.write({ type: 'fault', what: `${node.nodeId} reaches Redis again` });
    const back = await conversation.recover();
    conversation.talk();
    await pause(1000);
    await conversation.conclude(() => overseer.homes([conversation.roomId]));
    const others = overseer.declaredDead.filter((id) => !id.startsWith(node.nodeId));
    for (const line of [...overseer.notGreen, ...others, ...within.refused].slice(0, 20)) log(line);
    return {
      'others see those behind the partition leave, ms': inside.length > 0 ? [left] : [],
      'others go on seeing each other, ms': seen,
      'everybody sees everybody after the partition, ms': [back],
      'other nodes declared dead': [others.length],
      'health not green': [overseer.notGreen.length],
      'a request within the node, ms': within.took,
      'refused of what the node can do alone': [within.refused.length],
    };
  },
};

/** Milliseconds: longer than the 5 s in which a lost node leaves every room. */
const SHORT = 6_500;
const LASTS = 10_000;
