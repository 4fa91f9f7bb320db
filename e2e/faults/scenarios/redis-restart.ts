import { Conversation } from '../bots/conversation.js';
import { oversee } from '../overseer.js';
import type { Scenario } from '../scenario.js';
import { pause } from '../until.js';

export const scenario: Scenario = {
  name: 'redis-restart',
  what: 'Redis is killed and comes back empty within a second, while six to nine people on three nodes talk',
  limits: [
    { figure: 'everybody sees everybody after Redis is back, ms', percentile: 100, atMost: 5000, rule: 'R6' },
    { figure: 'nodes declared dead', percentile: 100, atMost: 0, rule: 'R6' },
    { figure: 'health not green', percentile: 100, atMost: 0, rule: 'R6' },
  ],
  async run(run) {
    const { cluster, history, random, log } = run;
    const conversation = await Conversation.begin(run, 6);
    const overseer = await oversee(run, [conversation.roomId]);
    conversation.talk();
    await pause(1000 + random() * 1000);
    history.write({ type: 'fault', what: 'Redis is killed' });
    await cluster.redis.server.kill();
    await pause(random() * 1000);
    await cluster.redis.server.start();
    history.write({ type: 'fault', what: 'Redis is back, empty' });
    const back = await conversation.recover();
    conversation.talk();
    await pause(1000);
    await conversation.conclude(() => overseer.homes([conversation.roomId]));
    for (const line of overseer.notGreen) log(line);
    const { acknowledged, refused } = conversation.chat;
    return {
      'everybody sees everybody after Redis is back, ms': [back],
      'nodes declared dead': [overseer.declaredDead.length],
      'health not green': [overseer.notGreen.length],
      'chat acknowledged': [acknowledged],
      'chat refused': [refused],
    };
  },
};
