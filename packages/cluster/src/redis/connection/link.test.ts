import { afterEach, beforeEach, expect, it } from 'vitest';
import { RedisServer } from '../../../test/redis-server.js';
import { systemClock } from '../../clock.js';
import { silentLogger } from '../logger.js';
import { Link } from './link.js';

let server: RedisServer;
let link: Link;

beforeEach(async () => {
  server = await RedisServer.start();
  const nothing = () => {};
  const events = { ready: nothing, failed: nothing, message: nothing, moved: nothing };
  link = new Link(async () => ({ url: server.url }), systemClock, silentLogger, events);
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

it('R4: what is urgent goes before what waits', async () => {
  const answered: string[] = [];
  const many = manyCommands().map((reply, index) => reply.then(() => answered.push(`SET ${index}`)));
  const urgent = link.send(['PING'], { urgent: true }).then(() => answered.push('PING'));
  await Promise.all([...many, urgent]);
  expect(answered.slice(0, 2)).toEqual(['PING', 'SET 0']);
  expect(answered.at(-1)).toBe('SET 999');
});

it('what waits is sent within a few turns of the event loop, however much it is and however long they are', async () => {
  let turns = 0;
  let over = false;
  const busyTurn = () => {
    if (over) return;
    turns += 1;
    // Redis has answered by the time that this has ended.
    for (const end = performance.now() + BUSY; performance.now() < end; );
    setImmediate(busyTurn);
  };
  const many = manyCommands();
  busyTurn();
  await Promise.all(many);
  over = true;
  // With 16 KiB in each it would be at least 120.
  expect(turns).toBeLessThan(60);
});

/** Milliseconds. */
const BUSY = 10;
