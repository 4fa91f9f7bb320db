import type { Page } from '@playwright/test';
import { createMeeting, enter, seesMoving, tileOf } from '../system/call.js';
import { expect, test } from '../system/test.js';

test('the page shows an open permission prompt, joining does not wait for it, and Allow switches the devices on', async ({
  waterbus,
  people,
}) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  await holdTheQuestion(ben.page);
  const link = await createMeeting(ada, waterbus);
  await enter(ada);
  await ben.page.goto(link);
  const question = 'Your browser asks whether this page may use your camera and microphone. Press Allow.';
  await expect(ben.page.getByText(question)).toBeVisible();
  await expect(ben.page.getByLabel('Camera', { exact: true })).toContainText('Waiting for your permission');
  await enter(ben);

  await expect(ben.page.getByText(question)).toBeVisible();
  await expect(ben.page.getByRole('button', { name: 'Microphone: press Allow in your browser' })).toBeVisible();
  await expect(tileOf(ben, ben).getByLabel(/muted/i)).toBeVisible();
  await expect(tileOf(ada, ben).getByLabel(/muted/i)).toBeVisible();

  await ben.page.evaluate(() => (window as unknown as { allow(): void }).allow());
  await expect(ben.page.getByText(question)).toHaveCount(0);
  await expect(ben.page.getByRole('button', { name: 'Mute microphone' })).toBeVisible();
  await seesMoving(ada, ben);
});

test('a browser without WebRTC gets an explanation in place of the lobby', async ({ waterbus, people }) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  await ben.page.addInitScript(() => Reflect.deleteProperty(window, 'RTCPeerConnection'));
  await ben.page.goto(await createMeeting(ada, waterbus));
  await expect(ben.page.getByRole('heading', { name: 'This browser cannot make calls' })).toBeFocused();
  await expect(ben.page.getByRole('button')).toHaveCount(0);
});

/** Simulates a permission prompt of the browser, whose button no test can press. */
async function holdTheQuestion(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const allowed = new Promise<void>((resolve) => Object.assign(window, { allow: resolve }));
    const { getUserMedia } = MediaDevices.prototype;
    MediaDevices.prototype.getUserMedia = async function (constraints) {
      await allowed;
      return getUserMedia.call(this, constraints);
    };
    const { query } = Permissions.prototype;
    Permissions.prototype.query = async function (descriptor) {
      const status = await query.call(this, descriptor);
      const isDevice = ['camera', 'microphone'].includes(descriptor.name);
      return isDevice
        ? new Proxy(status, { get: (target, key) => (key === 'state' ? 'prompt' : Reflect.get(target, key)) })
        : status;
    };
  });
}
