import { createMeeting } from '@waterbus/client/testing/create-meeting';
import { expect, test } from 'vitest';
import { Bot } from '../../faults/bots/bot.js';
import { History } from '../../faults/history.js';
import { PlayedCluster } from './cluster.js';

/** On the built servers, as `npm test` builds them before. The people have no media. */
test('a rolling update of the pods moves the people of a call, and shows nobody as having left', async () => {
  const played = await PlayedCluster.start({ api: { replicas: 1 }, ws: { minReadySeconds: 0 } }, { pace: 5 });
  const bots: Bot[] = [];
  try {
    const { meeting } = await createMeeting({ server: played.url, title: 'Weekly' });
    const history = new History();
    for (const client of ['Ada', 'Ben']) {
      bots.push(await Bot.join({ history, client, url: played.url, code: meeting.code }));
    }
    const [ada, ben] = bots as [Bot, Bot];
    await expect.poll(() => ada.sees([ben]) && ben.sees([ada]), { timeout: PATIENCE }).toBe(true);
    const before = played.pods('ws');
    played.upgrade({ ws: { podAnnotations: { 'example.org/version': '2' } } });
    await played.settled();
    expect(before.map(({ gone, killed, restarts }) => ({ gone, killed, restarts }))).toEqual(
      before.map(() => ({ gone: true, killed: false, restarts: 0 })),
    );
    expect(played.pods('ws')).toHaveLength(before.length);
    await expect.poll(() => ada.sees([ben]) && ben.sees([ada]), { timeout: PATIENCE }).toBe(true);
    expect(history.entries.filter(({ type }) => type === 'left')).toEqual([]);
  } finally {
    for (const bot of bots) await bot.call.leave();
    await played.close();
  }
});

/** Milliseconds: a busy machine is slow. */
const PATIENCE = 60_000;
