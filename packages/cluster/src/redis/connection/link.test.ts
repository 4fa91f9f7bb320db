import { afterEach, beforeEach, expect, it } from 'vitest';
import { RedisServer } from '../../../test/redis-server.js';
import { VirtualClock } from '../../../test/virtual-clock.js';
import { systemClock } from '../../clock.js';
import { silentLogger } from '../../logger.js';
import { Link } from './link.js';

const nothing = () => {};
let answers: [outcome: string, milliseconds: number][];
const answered = (...answer: (typeof answers)[number]) => answers.push(answer);
const nobody = { ready: nothing, failed: nothing, message: nothing, moved: nothing, answered };
let server: RedisServer;
let link: Link;

beforeEach(async () => {
  answers = [];
  server = await RedisServer.start();
  link = new Link(async () => ({ url: server.url }), systemClock, silentLogger, nobody);
  await link.open();
});
afterEach(async () => {
  link.close();
  await server.close();
});

/** Two megabytes in a thousand commands. */
function manyCommands(): Promise<unknown>[] {
  const value = 'x'.repeat(2000);
  return Array.from({ length: 1000 }, (_, index) => link.send(['SET', `key-${index}`, value]));
}

it('R4: an urgent command goes before waiting ones', async () => {
  const answered: string[] = [];
  const many = manyCommands().map((reply, index) => reply.then(() => answered.push(`SET ${index}`)));
  const urgent = link.send(['PING'], { urgent: true }).then(() => answered.push('PING'));
  await Promise.all([...many, urgent]);
  expect(answered.slice(0, 2)).toEqual(['PING', 'SET 0']);
  expect(answered.at(-1)).toBe('SET 999');
});

it('waiting commands are sent within a few turns of the event loop, however many and long they are', async () => {
  let turns = 0;
  let over = false;
  const busyTurn = () => {
    if (over) return;
    turns += 1;
    // Redis has answered by the end of this loop.
    for (const end = performance.now() + BUSY; performance.now() < end; );
    setImmediate(busyTurn);
  };
  const many = manyCommands();
  busyTurn();
  await Promise.all(many);
  over = true;
  // With 16 KiB in each turn it would be at least 120.
  expect(turns).toBeLessThan(60);
});

it('each answer of Redis is counted with its outcome and its time', async () => {
  answers = [];
  await link.send(['PING']);
  await expect(link.send(['NO-SUCH-COMMAND'])).rejects.toThrow();
  expect(answers).toEqual([
    ['ok', expect.any(Number)],
    ['error', expect.any(Number)],
  ]);
  expect(Math.min(...answers.map(([, milliseconds]) => milliseconds))).toBeGreaterThanOrEqual(0);
});

it('R6: retries soon after a recent loss, and seldom after a long absence', async () => {
  const clock = new VirtualClock();
  const begun = clock.now();
  const attempts: number[] = [];
  const away = async () => {
    attempts.push(clock.now() - begun);
    throw new Error('away');
  };
  const lost = new Link(away, clock, silentLogger, nobody);
  await expect(lost.open()).rejects.toThrow('away');
  await clock.advance(60_000);
  lost.close();
  const pauses = attempts.slice(1).map((at, index) => ({ after: attempts[index]!, pause: at - attempts[index]! }));
  for (const { after, pause } of pauses) expect(Math.floor(pause)).toBeLessThanOrEqual(Math.max(50, after / 10));
  for (const { pause } of pauses.filter(({ after }) => after > 10_000)) expect(Math.round(pause)).toBe(1000);
  expect(attempts.filter((at) => at < 10_000).length).toBeLessThan(60);
});

/** Milliseconds: even if Redis has to wait for a processor, it has answered within a few turns. */
const BUSY = 50;
