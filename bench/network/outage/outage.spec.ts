import { expect } from '@playwright/test';
import { test as base } from '@waterbus/e2e/testing/test';
import { freePorts } from '@waterbus/stun/testing/free-ports';
import { type OutageCall, openOutageCall } from './outage-call.js';

// `npm run bench:outage` measures times; these tests check the page's messages and their order.

const test = base.extend<{ callOf: (browser: 'chromium' | 'firefox', blocked?: boolean) => Promise<OutageCall> }>({
  callOf: async ({ startWaterbus, browser: chromium }, use) => {
    const mediaPort = await freePorts(2);
    const waterbus = await startWaterbus({ MEDIA_WORKERS: '1', MEDIA_PORT: String(mediaPort), MEDIA_TCP: '0' });
    const calls: OutageCall[] = [];
    await use(async (browser, blocked = false) => {
      const call = await openOutageCall({ waterbus, mediaPort, chromium, browser, blocked });
      calls.push(call);
      if (!blocked) await bothMove(call);
      return call;
    });
    for (const call of calls) await call.close();
    await waterbus.stop();
  },
});

const release = process.env.RELEASE === '1';
const NOT_RECEIVED = /^You can’t see or hear the others/;
const NOT_SENT = /^The others can’t see or hear you/;
const ONE_WAY = /^Your connection is cutting out/;
const NO_PATH = /your network lets no audio or video through/;
const NEITHER = /^Audio and video aren’t getting through/;

/** For each release in Firefox too. */
for (const browser of release ? (['chromium', 'firefox'] as const) : (['chromium'] as const)) {
  test(`a call in ${browser} reports which media fail, and recovers by itself`, async ({ callOf }) => {
    const call = await callOf(browser);
    expect(await texts(call)).toEqual([]);

    await call.cut('up');
    await expect.poll(() => texts(call)).not.toEqual([]);
    expect((await texts(call))[0]).toMatch(NOT_SENT);
    await goesOn(call);

    await call.cut('down');
    await expect.poll(() => texts(call)).not.toEqual([]);
    expect((await texts(call))[0]).toMatch(NOT_RECEIVED);
    await goesOn(call);

    await call.cut('both');
    await expect.poll(async () => (await texts(call)).at(-1)).toMatch(NEITHER);
    await goesOn(call);

    // For a person that sends nothing, the servers detect the outage.
    await call.mute();
    await call.cut('up');
    await expect.poll(() => texts(call)).not.toEqual([]);
    expect((await texts(call))[0]).toMatch(ONE_WAY);
    await call.restore();
    await expect.poll(async () => (await call.said()).at(-1)?.text).toBe('');
  });
}

test('a call without any path announces no reconnection, and connects on another try', async ({ callOf }) => {
  const call = await callOf('chromium', true);
  await expect.poll(async () => (await texts(call)).at(-1)).toMatch(NO_PATH);
  expect((await texts(call)).filter((text) => !NO_PATH.test(text))).toEqual([]);
  await call.restore();
  await call.tryAgain();
  await expect.poll(async () => (await call.said()).at(-1)?.text).toBe('');
  await bothMove(call);
});

async function goesOn(call: OutageCall): Promise<void> {
  await call.restore();
  await expect.poll(async () => (await call.said()).at(-1)?.text).toBe('');
  await bothMove(call);
}

async function bothMove(call: OutageCall): Promise<void> {
  let before = await call.shown();
  const more = async () => {
    const { ada, ben } = await call.shown();
    // A new video element counts from zero.
    before = { ada: Math.min(before.ada, ada), ben: Math.min(before.ben, ben) };
    return Math.min(ada - before.ada, ben - before.ben);
  };
  await expect.poll(more, { message: 'both see each other move' }).toBeGreaterThan(20);
}

/** The page's messages since the cut, without the times between them. */
async function texts(call: OutageCall): Promise<string[]> {
  return (await call.said()).map(({ text }) => text).filter((text) => text !== '');
}
