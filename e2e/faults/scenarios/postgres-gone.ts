import { Conversation } from '../bots/conversation.js';
import { oversee } from '../overseer.js';
import type { Scenario } from '../scenario.js';
import { pause } from '../until.js';

export const scenario: Scenario = {
  name: 'postgres-gone',
  what: 'PostgreSQL is away for 30 s, while people on three nodes talk',
  limits: [
    { figure: 'everybody sees everybody without PostgreSQL, ms', percentile: 100, atMost: 1000, rule: 'calls go on' },
    { figure: 'nodes declared dead', percentile: 100, atMost: 0, rule: 'calls go on' },
    { figure: 'chat acknowledged without PostgreSQL', percentile: 100, atMost: 0, rule: 'R5' },
    { figure: 'chat is back after PostgreSQL, ms', percentile: 100, atMost: 5000, rule: 'R5' },
  ],
  async run(run) {
    const { cluster, history, random, short, log } = run;
    const away = short ? SHORT : AWAY;
    if (short) log(`away for ${SHORT / 1000} s instead of 30 s`);
    const conversation = await Conversation.begin(run, 6);
    const overseer = await oversee(run, [conversation.roomId]);
    conversation.talk();
    await pause(500 + random() * 1000);
    history.write({ type: 'fault', what: `PostgreSQL is stopped, for ${away / 1000} s` });
    await cluster.postgres.stop();
    let gone = true;
    run.after(async () => {
      if (gone) await cluster.postgres.start();
    });
    // Lets the answers of earlier commits arrive.
    await pause(500);
    const stopped = performance.now();
    const before = conversation.chat.acknowledged;
    const seen: number[] = [];
    while (performance.now() - stopped < away) {
      await pause(away / 5);
      seen.push(await conversation.recover());
      conversation.talk();
    }
    const acknowledged = conversation.chat.acknowledged - before;
    await cluster.postgres.start();
    gone = false;
    history.write({ type: 'fault', what: 'PostgreSQL is back' });
    const back = performance.now();
    while (await conversation.host.sendMessage('is anybody there?')) await pause(100);
    const chatBack = performance.now() - back;
    await pause(1000);
    await conversation.conclude(() => overseer.homes([conversation.roomId]));
    return {
      'everybody sees everybody without PostgreSQL, ms': seen,
      'nodes declared dead': [overseer.declaredDead.length],
      'chat acknowledged without PostgreSQL': [acknowledged],
      'chat is back after PostgreSQL, ms': [chatBack],
      'chat acknowledged': [conversation.chat.acknowledged],
      'chat refused': [conversation.chat.refused],
    };
  },
};

/** Milliseconds. */
const SHORT = 5_000;
const AWAY = 30_000;
