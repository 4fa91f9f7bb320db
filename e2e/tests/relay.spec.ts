import { chromium as engine } from '@playwright/test';
import { chromium } from '../system/browsers.js';
import { createMeeting, enter, expectNoPageErrors, hears, person, seesMoving } from '../system/call.js';
import { enterWithFirefox, launchFirefox } from '../system/firefox.js';
import { SECURE_HOST, startSecureWaterbus } from '../system/secure-waterbus.js';
import { expect, test } from '../system/test.js';

test('Chromium and Firefox in networks that pass nothing but the https page are in the call', async () => {
  const waterbus = await startSecureWaterbus();
  const { executablePath, args } = chromium();
  const browser = await engine.launch({
    executablePath,
    args: [
      ...args.filter((arg) => !arg.startsWith('--host-resolver-rules')),
      `--host-resolver-rules=MAP ${SECURE_HOST} ${waterbus.address}`,
      `--ignore-certificate-errors-spki-list=${waterbus.keyHash}`,
    ],
  });
  const firefox = await launchFirefox({
    'media.peerconnection.ice.relay_only': true,
    'network.dns.forceResolve': waterbus.address,
  });
  try {
    const permissions = ['camera', 'microphone'];
    const ada = await person(browser, 'Ada', { permissions, ignoreHTTPSErrors: true });
    await ada.context.addInitScript(relayOnly);
    const link = await createMeeting(ada, waterbus);
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
    await firefox.close();
    await browser.close();
    await waterbus.stop();
  }
});

/** Makes all peer connections of a page use TURN servers alone. */
function relayOnly(): void {
  window.RTCPeerConnection = new Proxy(window.RTCPeerConnection, {
    construct: (target, [configuration]) => new target({ ...configuration, iceTransportPolicy: 'relay' }),
  });
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
