import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePorts } from '@waterbus/stun/testing/free-ports';
import type { Page } from 'puppeteer-core';
import { blockUdp } from '../system/blocked-udp.js';
import { createMeeting, enter, hears, type Person, person, seesMoving } from '../system/call.js';
import { enterWithFirefox, launchFirefox, remoteFrames, remoteSound } from '../system/firefox.js';
import { MAIN, runProcess } from '../system/processes.js';
import { test as base, expect } from '../system/test.js';

// In a network that drops UDP, browsers connect to the same port by TCP.

const test = base.extend<{ call: { ada: Person; ben: Person; link: string; block: () => Promise<void> } }>({
  call: async ({ startWaterbus, browser }, use) => {
    const mediaPort = await freePorts(1);
    const waterbus = await startWaterbus({ MEDIA_WORKERS: '1', MEDIA_PORT: String(mediaPort) });
    const ada = await person(browser, 'Ada');
    const ben = await person(browser, 'Ben');
    const ends: (() => Promise<void>)[] = [];
    const block = async () => void ends.push(await blockUdp(mediaPort));
    try {
      await use({ ada, ben, link: await createMeeting(ada, waterbus), block });
    } finally {
      for (const end of ends) await end();
      for (const { context } of [ada, ben]) await context.close();
      await waterbus.stop();
    }
  },
});

test('Chromium and Firefox join, see and hear each other by TCP', async ({ call: { ada, link, block } }) => {
  await block();
  await enter(ada);
  const firefox = await launchFirefox();
  try {
    const page = await firefox.newPage();
    await enterWithFirefox(page, link, 'Fox');
    await seesMoving(ada, { ...ada, name: 'Fox' });
    await hears(ada, 1);
    await expect.poll(() => remoteFrames(page)).toBeGreaterThan(20);
    await expect.poll(() => remoteSound(page)).toBeGreaterThan(0);
    expect(await protocols(ada.page)).toEqual(['tcp', 'tcp']);
    expect(await protocols(page)).toEqual(['tcp', 'tcp']);
  } finally {
    await firefox.close();
  }
});

test('the doctor’s page finds the port that blocks UDP, and the terminal names its rule', async ({
  startWaterbus,
  browser,
}) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'waterbus-doctor-'));
  const mediaPort = await freePorts(2);
  const settings = { MEDIA_WORKERS: '2', MEDIA_PORT: String(mediaPort), DATA_DIR: folder };
  const waterbus = await startWaterbus(settings);
  const end = await blockUdp(mediaPort + 1);
  const ada = await person(browser, 'Ada');
  try {
    const environment = { ...process.env, ...settings, HTTP_PORT: String(waterbus.httpPort) };
    const doctor = runProcess(process.execPath, [MAIN, 'doctor', '--from-outside'], environment);
    await expect.poll(doctor.output).toContain('#token=');
    const link = /http:\S+#token=\S+/.exec(doctor.output())?.[0] ?? '';
    await ada.page.goto(link);
    const row = (name: string) => ada.page.getByRole('listitem').filter({ hasText: name });
    await expect(row('Direct, by UDP')).toContainText(`Blocked: UDP ${mediaPort + 1}`);
    await expect(row('Direct, by TCP')).toContainText('Open');
    await expect(row('Relay, by TCP')).toContainText('Open');
    await expect(ada.page.getByRole('heading', { name: 'Calls work, except on some ports' })).toBeVisible();
    expect(ada.page.url()).not.toContain('token');
    expect(await doctor.ended).toBe(1);
    expect(doctor.output()).toMatch(new RegExp(`ok +media +UDP ${mediaPort} at .*: open`));
    expect(doctor.output()).toMatch(new RegExp(`ok +media +TCP ${mediaPort} to ${mediaPort + 1} at .*: open`));
    // The same worker's port of the second range, too: the next upgrade moves the calls to it.
    const blocked = `{ ${mediaPort + 1}, ${mediaPort + 3} }`;
    expect(doctor.output()).toContain(`nft add rule inet filter input udp dport ${blocked} accept`);
    expect(doctor.output()).toContain('that is your own network');
    expect(ada.pageErrors).toEqual([]);
    // The link has served.
    await ada.page.goto('about:blank');
    await ada.page.goto(link);
    await expect(ada.page.getByRole('heading', { name: 'This link does not work' })).toBeVisible();
    expect(waterbus.output()).not.toContain(link.split('=')[1]);
  } finally {
    await ada.context.close();
    await end();
    await waterbus.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

// For a release: the browser takes up to half a minute until it gives UDP up.
if (process.env.RELEASE === '1') {
  test('a call continues by TCP when UDP is blocked in its middle', async ({ call: { ada, ben, link, block } }) => {
    await enter(ada);
    await ben.page.goto(link);
    await enter(ben);
    await seesMoving(ben, ada);
    await hears(ben, 1);
    expect(await protocols(ben.page)).toEqual(['udp', 'udp']);
    await block();
    await expect
      .poll(async () => new Set([...(await protocols(ada.page)), ...(await protocols(ben.page))]))
      .toEqual(new Set(['tcp']));
    await hears(ben, 1);
    await seesMoving(ben, ada);
    await seesMoving(ada, ben);
    await hears(ada, 1);
  });
}

/** The protocols of the candidate pairs in use, one for each peer connection. */
function protocols(page: Person['page'] | Page): Promise<string[]> {
  return (page as Person['page']).evaluate(async () => {
    const { call } = (window as unknown as { waterbus: { call: { stats(): Promise<{ report: RTCStatsReport }[]> } } })
      .waterbus;
    const found: string[] = [];
    for (const { report } of await call.stats()) {
      const entries = [...report.values()];
      const transport = entries.find(({ type }) => type === 'transport');
      const pair = transport?.selectedCandidatePairId
        ? report.get(transport.selectedCandidatePairId)
        : entries.find(({ type, nominated, state }) => type === 'candidate-pair' && nominated && state === 'succeeded');
      found.push(pair ? report.get(pair.remoteCandidateId).protocol : 'none');
    }
    return found;
  });
}
