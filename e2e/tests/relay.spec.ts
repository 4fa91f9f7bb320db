import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Browser, chromium as engine } from '@playwright/test';
import { OtherNetwork } from '../faults/people/other-network.js';
import { chromium } from '../system/browsers.js';
import { createMeeting, enter, expectNoPageErrors, hears, type Person, person, seesMoving } from '../system/call.js';
import { enterWithFirefox, launchFirefox } from '../system/firefox.js';
import { MAIN, runProcess } from '../system/processes.js';
import { SECURE_HOST, type SecureWaterbus, startSecureWaterbus } from '../system/secure-waterbus.js';
import { test as base, expect } from '../system/test.js';

// In networks that pass nothing but the https page, media take TURN over TLS at its port.

const test = base.extend<object, { secure: SecureWaterbus; blocked: Browser }>({
  secure: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from the pattern.
    async ({}, use) => {
      const waterbus = await startSecureWaterbus();
      await use(waterbus);
      await waterbus.stop();
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  /** Chromium beyond a firewall. */
  blocked: [
    async ({ secure }, use) => {
      const folder = await mkdtemp(path.join(tmpdir(), 'waterbus-relay-'));
      const network = await OtherNetwork.create();
      await network.passOnly(`tcp dport ${new URL(secure.url).port} accept`);
      const { executablePath, args } = chromium();
      const browser = await engine.launch({
        executablePath: await network.wrap(executablePath, folder),
        args: [
          ...args.filter((arg) => !arg.startsWith('--host-resolver-rules')),
          `--host-resolver-rules=MAP ${SECURE_HOST} ${network.host}`,
          `--ignore-certificate-errors-spki-list=${secure.keyHash}`,
        ],
      });
      await use(browser);
      await browser.close();
      await network.close();
      await rm(folder, { recursive: true, force: true });
    },
    { scope: 'worker', timeout: 180_000 },
  ],
});

test('Chromium and Firefox are in the call', async ({ secure, blocked }) => {
  const firefox = await launchFirefox({
    'media.peerconnection.ice.relay_only': true,
    'network.dns.forceResolve': secure.address,
  });
  const ada = await personBeyond(blocked);
  try {
    const link = await createMeeting(ada, secure);
    await enter(ada);
    const page = await firefox.newPage();
    await enterWithFirefox(page, link, 'Fox');
    const fox = { ...ada, name: 'Fox' };
    await seesMoving(ada, fox);
    await hears(ada, 1);
    await expect.poll(() => page.evaluate(paintedFrames)).toBeGreaterThan(20);
    const relayed = { kind: 'relay', relayProtocol: 'tls' };
    await expect.poll(() => ada.page.evaluate(mediaPath)).toEqual(relayed);
    await expect.poll(() => page.evaluate(mediaPath)).toEqual(relayed);
    expectNoPageErrors([ada]);
  } finally {
    await ada.context.close();
    await firefox.close();
  }
});

test('the doctor’s page finds the only open way, and the command prints it as JSON', async ({ secure, blocked }) => {
  const doctor = runProcess(process.execPath, [MAIN, 'doctor', '--from-outside', '--json'], secure.environment);
  const ada = await personBeyond(blocked);
  try {
    await expect.poll(doctor.output).toContain('#token=');
    await ada.page.goto(/https:\S+#token=\S+/.exec(doctor.output())?.[0] ?? '');
    const row = (name: string) => ada.page.getByRole('listitem').filter({ hasText: name });
    await expect(row('Direct, by UDP')).toContainText('Blocked');
    await expect(row('Direct, by TCP')).toContainText('Blocked');
    await expect(row('Relay, by TLS')).toContainText('Open');
    await expect(ada.page.getByRole('heading', { name: 'Calls work, with delays' })).toBeVisible();
    expect(await doctor.ended).toBe(1);
    const { MEDIA_PORT, HTTP_PORT } = secure.environment;
    const direct = { hosts: expect.arrayContaining([secure.address]), port: Number(MEDIA_PORT), verdict: 'blocked' };
    const finding = (state: string, part: string, message: string) =>
      expect.objectContaining({ state, part, message: expect.stringContaining(message) });
    // Nothing but the report is on standard output.
    expect(JSON.parse(doctor.printed())).toEqual({
      ok: false,
      findings: expect.arrayContaining([
        finding('ok', 'signalling', 'WebSockets arrive'),
        finding('fail', 'media', `UDP ${MEDIA_PORT} at`),
        finding('warn', 'media', `TCP ${MEDIA_PORT} at`),
        finding('ok', 'relay', `TURN over TLS at ${SECURE_HOST}:${HTTP_PORT}: open`),
      ]),
      outside: {
        client: expect.stringMatching(/^198\.19\./),
        signalling: 'open',
        paths: [
          { kind: 'relay-tls', hosts: [SECURE_HOST], port: Number(HTTP_PORT), verdict: 'open' },
          { kind: 'udp', ...direct },
          { kind: 'tcp', ...direct },
        ],
      },
    });
    expectNoPageErrors([ada]);
  } finally {
    if (doctor.running()) doctor.signal('SIGTERM');
    await ada.context.close();
  }
});

function personBeyond(browser: Browser): Promise<Person> {
  return person(browser, 'Ada', { permissions: ['camera', 'microphone'], ignoreHTTPSErrors: true });
}

/** The path that the SDK reports, in the page. */
function mediaPath(): unknown {
  return (window as unknown as { waterbus: { call: { path?: unknown } } }).waterbus.call.path;
}

/** In Firefox's page. */
function paintedFrames(): number {
  const video = document.querySelector<HTMLVideoElement & { mozPaintedFrames: number }>(
    '[data-participant-id]:not([data-self]) video',
  );
  return video && video.videoWidth > 0 ? video.mozPaintedFrames : 0;
}
