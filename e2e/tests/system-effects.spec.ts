import type { Page } from '@playwright/test';
import { chromium } from '../system/browsers.js';
import { createMeeting, enter, expectNoPageErrors, type Person, person, seesMoving, tileOf } from '../system/call.js';
import { expect, test } from '../system/test.js';

// A phone has two cameras: the first and the third, because Chromium's second one measures depth.
const { executablePath, args } = chromium({ fps: 10 });
test.use({
  serviceWorkers: 'allow',
  launchOptions: {
    executablePath,
    args: args.map((arg) => arg.replace('for-media-stream=', 'for-media-stream=device-count=3,')),
  },
});

test('a call reaches its people by sounds, notifications and title; phones keep their screen on and share', async ({
  waterbus,
  browser,
}) => {
  const ada = await person(browser, 'Ada', {
    permissions: ['camera', 'microphone', 'notifications'],
  });
  const ben = await person(browser, 'Ben', {
    ...{ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
    permissions: ['camera', 'microphone', 'notifications', 'clipboard-read', 'clipboard-write'],
  });
  await watchEdges(ada.page);
  await watchEdges(ben.page);
  await ben.page.addInitScript(() => {
    const enumerate = MediaDevices.prototype.enumerateDevices;
    MediaDevices.prototype.enumerateDevices = async function () {
      const all = await enumerate.call(this);
      const [, depth] = all.filter(({ kind }) => kind === 'videoinput');
      return all.filter((device) => device !== depth);
    };
  });
  // Chromium on Android: only service workers show notifications.
  await ben.page.addInitScript(() => {
    const { permission } = Notification;
    window.Notification = class {
      static permission = permission;
      static requestPermission = async () => permission;
      constructor() {
        throw new TypeError("Failed to construct 'Notification': Illegal constructor.");
      }
    } as unknown as typeof Notification;
  });

  const link = await createMeeting(ada, waterbus);
  await enter(ada);
  await ben.page.goto(link);
  await enter(ben);

  // Sounds of coming, of both a rising one.
  await expect.poll(() => seen(ada.page, 'notes')).toEqual([523, 784]);

  // The screen stays on, and again after the page was hidden.
  await expect.poll(() => seen(ben.page, 'wakeLocks')).toEqual(['screen']);
  await hide(ben.page, true);
  expect(await seen(ben.page, 'wakeLocks')).toEqual(['screen']);
  await hide(ben.page, false);
  await expect.poll(() => seen(ben.page, 'wakeLocks')).toEqual(['screen', 'screen']);

  // The other camera.
  await seesMoving(ada, ben);
  const before = await cameraOf(ben.page);
  await tileOf(ben, ben).getByRole('button', { name: 'Switch camera' }).click();
  await expect.poll(() => cameraOf(ben.page)).not.toBe(before);
  await seesMoving(ada, ben);
  await tileOf(ben, ben).getByRole('button', { name: 'Switch camera' }).click();
  await expect.poll(() => cameraOf(ben.page)).toBe(before);

  // The share sheet; a closed one copies nothing, a broken one copies the link.
  await ben.page.getByRole('button', { name: 'People' }).click();
  const share = ben.page.getByRole('button', { name: 'Share invitation link' });
  await share.click();
  expect(await seen(ben.page, 'shared')).toEqual([{ title: 'Weekly', url: link }]);
  await share.click();
  await expect.poll(() => seen(ben.page, 'shared')).toHaveLength(2);
  await expect(ben.page.getByText('Link copied')).toHaveCount(0);
  await share.click();
  await expect(ben.page.getByText('Link copied')).toBeVisible();
  expect(await ben.page.evaluate(() => navigator.clipboard.readText())).toBe(link);
  await ben.page.getByRole('button', { name: 'Close people' }).click();

  // Messages: nothing while the page is seen, a notification and the title while it is hidden.
  for (const who of [ada, ben]) await turnOnNotifications(who.page);
  await write(ben, 'Seen');
  await expect(ada.page).toHaveTitle('(1) Weekly · Waterbus');
  await expect.poll(() => seen(ada.page, 'notes')).toEqual([523, 784, 880]);
  expect(await seen(ada.page, 'notifications')).toEqual([]);
  await hide(ada.page, true);
  await write(ben, 'Hidden **text**');
  await expect.poll(() => seen(ada.page, 'notifications')).toEqual([{ title: 'Ben', body: 'Hidden text' }]);
  await expect(ada.page).toHaveTitle('(2) Weekly · Waterbus');
  // A click shows the page, and puts the notification away.
  expect(await seen(ada.page, 'focused')).toEqual([]);
  await ada.page.evaluate(() =>
    (window as unknown as { lastNotification: Notification }).lastNotification.onclick?.call(
      ...([] as unknown as [never, never]),
    ),
  );
  expect(await seen(ada.page, 'focused')).toEqual(['window', 'closed']);
  await hide(ada.page, false);

  await hide(ben.page, true);
  await write(ada, 'To the phone');
  await expect.poll(() => seen(ben.page, 'notifications')).toEqual([{ title: 'Ada', body: 'To the phone' }]);
  await hide(ben.page, false);

  // A knock.
  await ada.page.getByRole('button', { name: 'Close chat' }).click();
  await ada.page.getByRole('button', { name: 'People', exact: true }).click();
  const panel = ada.page.getByRole('complementary', { name: 'People' });
  await panel.getByRole('button', { name: 'Meeting settings' }).click();
  await ada.page.getByRole('switch', { name: /Waiting room/ }).check();
  await ada.page.keyboard.press('Escape');
  await ben.page.getByRole('button', { name: 'Close chat' }).click();
  await ben.page.getByRole('button', { name: 'Leave' }).click();
  await expect.poll(async () => (await seen(ada.page, 'notes')).slice(-2)).toEqual([784, 523]);
  await expect.poll(() => seen(ben.page, 'released')).toEqual(['screen']);
  await hide(ada.page, true);
  await ben.page.goto(link);
  await ben.page.getByRole('button', { name: 'Join now' }).click();
  await expect.poll(async () => (await seen(ada.page, 'notes')).slice(-3)).toEqual([659, 659, 988]);
  await expect
    .poll(async () => (await seen(ada.page, 'notifications')).at(-1))
    .toEqual({ title: 'Ben', body: 'is waiting to be let in' });
  await expect(ada.page).toHaveTitle('(1) Weekly · Waterbus');
  await hide(ada.page, false);
  await panel.getByRole('button', { name: 'Admit Ben' }).click();
  await expect(ada.page).toHaveTitle('Weekly · Waterbus');
  // No sound was lost because the browser did not let the page play.
  expect(await seen(ada.page, 'silent')).toEqual([]);
  for (const { context } of [ada, ben]) await context.close();
  expectNoPageErrors([ada, ben]);
});

type Seen = 'notes' | 'silent' | 'wakeLocks' | 'released' | 'shared' | 'notifications' | 'focused';

function seen(page: Page, what: Seen): Promise<unknown[]> {
  return page.evaluate((key) => (window as unknown as { seen: Record<Seen, unknown[]> }).seen[key], what);
}

/** Records what the page does at the edges of the browser. */
async function watchEdges(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const seen: Record<Seen, unknown[]> = {
      ...{ notes: [], silent: [], wakeLocks: [], released: [], shared: [], notifications: [], focused: [] },
    };
    Object.assign(window, { seen });
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (when) {
      seen.notes.push(this.frequency.value);
      const { context } = this;
      setTimeout(() => context.state === 'running' || seen.silent.push(context.state), 1_000);
      start.call(this, when);
    };
    // Headless Chromium has no screen to keep on, and refuses.
    WakeLock.prototype.request = async (type) => {
      seen.wakeLocks.push(type);
      return { release: async () => void seen.released.push(type) } as unknown as WakeLockSentinel;
    };
    window.focus = () => seen.focused.push('window');
    const Shown = window.Notification;
    window.Notification = class extends Shown {
      constructor(title: string, options?: NotificationOptions) {
        super(title, options);
        seen.notifications.push({ title, body: options?.body });
        Object.assign(window, { lastNotification: this });
      }
      override close() {
        seen.focused.push('closed');
        super.close();
      }
    };
    ServiceWorkerRegistration.prototype.showNotification = async (title, options) => {
      seen.notifications.push({ title, body: options?.body });
    };
    // The first time the user shares, then closes the sheet, and then it is broken.
    const outcomes = [undefined, 'AbortError', 'NotAllowedError'];
    navigator.share = async (data) => {
      seen.shared.push(data);
      const failure = outcomes[seen.shared.length - 1];
      if (failure) throw new DOMException('', failure);
    };
  });
}

/** As if another tab were in front: pages of headless browsers are never hidden. */
async function hide(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
    Object.defineProperty(document, 'visibilityState', {
      configurable: true,
      get: () => (value ? 'hidden' : 'visible'),
    });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}

function cameraOf(page: Page): Promise<string | undefined> {
  return page.evaluate(() => window.waterbus?.call.local.publication('camera')?.track?.getSettings().deviceId);
}

async function turnOnNotifications(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click();
  const settings = page.getByRole('dialog', { name: 'Settings' });
  const notifications = settings.getByRole('switch', { name: 'Notifications' });
  await notifications.click();
  await expect(notifications).toBeChecked();
  await settings.getByRole('button', { name: 'Close' }).click();
}

async function write({ page }: Person, text: string): Promise<void> {
  const field = page.getByLabel('Message', { exact: true });
  if ((await field.count()) === 0) await page.getByRole('button', { name: /^Chat/ }).click();
  await field.fill(text);
  await field.press('Enter');
  await expect(page.getByText(text.replaceAll('*', '')).last()).toBeVisible();
}
