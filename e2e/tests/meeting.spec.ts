import { createMeeting, enter, hears, meet, type Person, seesMoving, soundEnergies, tileOf } from '../system/call.js';
import { letTalk } from '../system/talking.js';
import { expect, test } from '../system/test.js';
import { judge } from '../system/times.js';

test('three people meet: each sees both others move and hears them', async ({ waterbus, people }) => {
  const [ada, ben, cleo] = [await people('Ada'), await people('Ben'), await people('Cleo')];
  const link = await createMeeting(ada, waterbus, { title: 'Planning' });
  await enter(ada);
  for (const guest of [ben, cleo]) {
    await guest.page.goto(link);
    await expect(guest.page.getByText('Planning').first()).toBeVisible();
    await enter(guest);
  }
  for (const viewer of [ada, ben, cleo]) {
    for (const shown of [ada, ben, cleo]) if (shown !== viewer) await seesMoving(viewer, shown);
    await hears(viewer, 2);
  }
});

test('a late joiner gets all pictures, without any other event in the call', async ({ waterbus, people }) => {
  const [ada, ben, late] = [await people('Ada'), await people('Ben'), await people('Late')];
  const link = await meet(waterbus, [ada, ben]);
  await seesMoving(ada, ben);
  await seesMoving(ben, ada);

  await late.page.goto(link);
  await late.page.getByLabel('Your name').fill(late.name);
  await watchFirstPictures(late, [ada.name, ben.name]);
  await late.page.getByRole('button', { name: 'Join now' }).click();
  const times = await firstPictures(late);
  for (const [name, took] of Object.entries(times.pictures))
    judge(`first picture of ${name} after entering`, took, 1000);
});

test('muting the microphone and stopping the camera reach all others', { tag: '@redirected' }, async ({
  waterbus,
  people,
}) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  await letTalk(ada);
  await meet(waterbus, [ada, ben]);
  await hears(ben, 1);
  // Ada talks and is marked on every page; Ben is silent and is not.
  await ben.page.getByRole('button', { name: 'Mute microphone' }).click();
  for (const viewer of [ada, ben]) {
    await expect(tileOf(viewer, ada)).toHaveAttribute('data-talking', '');
    await expect(tileOf(viewer, ben)).not.toHaveAttribute('data-talking', '');
  }

  await ada.page.getByRole('button', { name: 'Mute microphone' }).click();
  await expect(tileOf(ben, ada).getByLabel(/muted/i)).toBeVisible();
  await expect(tileOf(ben, ada)).not.toHaveAttribute('data-talking', '');
  await expectSilence(ben);
  await ada.page.getByRole('button', { name: 'Unmute microphone' }).click();
  await expect(tileOf(ben, ada).getByLabel(/muted/i)).toBeHidden();
  await hears(ben, 1);
  await expect(tileOf(ben, ada)).toHaveAttribute('data-talking', '');

  await seesMoving(ben, ada);
  await ada.page.getByRole('button', { name: 'Stop camera' }).click();
  await expect(tileOf(ben, ada).locator('video')).toBeHidden();
  await ada.page.getByRole('button', { name: 'Start camera' }).click();
  await seesMoving(ben, ada);
});

test('a participant that leaves disappears for the others, and may return', async ({ waterbus, people }) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  const link = await meet(waterbus, [ada, ben]);
  await seesMoving(ada, ben);
  await ben.page.getByRole('button', { name: 'Leave' }).click();
  await expect(tileOf(ada, ben)).toHaveCount(0);
  await ben.page.goto(link);
  await enter(ben);
  await seesMoving(ada, ben);
  await seesMoving(ben, ada);

  await ben.page.getByRole('button', { name: 'Leave' }).click();
  await expect(ada.page.getByText('Ben left').last()).toBeVisible();
  await ada.page.getByRole('button', { name: 'Leave' }).click();
  await expect(ada.page.getByRole('button', { name: 'Rejoin' })).toBeVisible();
  // Messages about the call end with it.
  expect(await ada.page.getByText('Ben left').count()).toBe(0);
});

test('the lobby reports a wrong password; the right one opens the meeting', { tag: '@page' }, async ({
  waterbus,
  people,
}) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  const link = await createMeeting(ada, waterbus, { password: 'correct horse' });
  await enter(ada);
  await ben.page.goto(link);
  await ben.page.getByLabel('Your name').fill('Ben');
  await ben.page.getByLabel('Password').fill('wrong horse');
  await ben.page.getByRole('button', { name: 'Join now' }).click();
  await expect(ben.page.getByRole('alert')).toContainText(/password/i);
  await expect(tileOf(ada, ben)).toHaveCount(0);
  // The browser itself logs the refused request on its console; only that line is expected.
  const refused = ben.pageErrors.splice(0);
  expect(refused.every((line) => line.includes('403'))).toBe(true);
  await enter(ben, { password: 'correct horse' });
  await seesMoving(ben, ada);
});

test('a meeting is joined by its code typed on the home page, and by its pasted link', { tag: '@page' }, async ({
  waterbus,
  people,
}) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  const link = await createMeeting(ada, waterbus);
  await enter(ada);
  const code = link.slice(link.lastIndexOf('/') + 1);
  for (const typed of [code, link]) {
    await ben.page.goto(waterbus.url);
    await ben.page.getByLabel('Meeting code or link').fill(typed);
    await ben.page.getByRole('button', { name: 'Join', exact: true }).click();
    await ben.page.waitForURL(link);
  }
  await enter(ben);
  await seesMoving(ben, ada);
});

test('the others see a shared screen until it is stopped', { tag: '@redirected' }, async ({ waterbus, people }) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  await meet(waterbus, [ada, ben]);
  await ada.page.getByRole('button', { name: 'Share screen' }).click();
  const screen = ben.page.locator('.screen video');
  const frames = () =>
    screen.evaluate((video: HTMLVideoElement) =>
      video.videoWidth >= 640 ? video.getVideoPlaybackQuality().totalVideoFrames : 0,
    );
  await expect.poll(frames).toBeGreaterThan(10);
  await seesMoving(ben, ada);
  await ada.page.getByRole('button', { name: 'Stop sharing' }).first().click();
  await expect(screen).toHaveCount(0);
  await seesMoving(ben, ada);
});

test('the copied link is the meeting’s', { tag: '@page' }, async ({ waterbus, people }) => {
  const ada = await people('Ada');
  const link = await createMeeting(ada, waterbus);
  await enter(ada);
  await ada.page.getByRole('button', { name: 'Copy link' }).first().click();
  await expect.poll(() => ada.page.evaluate(() => navigator.clipboard.readText())).toBe(link);
});

test('a meeting that does not exist is reported', { tag: '@page' }, async ({ waterbus, people }) => {
  const ada = await people('Ada');
  await ada.page.goto(`${waterbus.url}/m/abc-defg-hjk`);
  await expect(ada.page.getByText(/no such meeting|not found|does not exist/i).first()).toBeVisible();
  const reported = ada.pageErrors.splice(0);
  expect(reported.every((line) => line.includes('404'))).toBe(true);
});

/** Waits for a second without sound, after the last 20 ms packets have run out. */
async function expectSilence(viewer: Person): Promise<void> {
  let last = -1;
  let still = 0;
  await expect
    .poll(
      async () => {
        const energy = (await soundEnergies(viewer)).reduce((sum, value) => sum + value, 0);
        still = energy - last < 1e-6 ? still + 1 : 0;
        last = energy;
        return still;
      },
      { intervals: [200] },
    )
    .toBeGreaterThanOrEqual(5);
}

/**
 * Records in the page the time of entering the call (the Leave button appears) and of the first
 * picture in each tile.
 */
async function watchFirstPictures(viewer: Person, names: string[]): Promise<void> {
  await viewer.page.evaluate((names) => {
    const seen: { entered?: number; pictures: Record<string, number> } = { pictures: {} };
    (window as unknown as { seen: typeof seen }).seen = seen;
    const look = () => {
      const inCall = document.querySelector('button[aria-label^="Leave"], [data-self]');
      if (inCall && seen.entered === undefined) seen.entered = performance.now();
      for (const tile of document.querySelectorAll('[data-participant-id]')) {
        const name = names.find((name) => tile.textContent?.includes(name));
        const video = tile.querySelector('video');
        const shown = video && video.videoWidth > 0 && video.getVideoPlaybackQuality().totalVideoFrames > 0;
        if (name && shown && !(name in seen.pictures)) seen.pictures[name] = performance.now();
      }
      if (Object.keys(seen.pictures).length < names.length) requestAnimationFrame(look);
    };
    look();
  }, names);
}

async function firstPictures(viewer: Person): Promise<{ pictures: Record<string, number> }> {
  await viewer.page.waitForFunction(
    () => Object.keys((window as unknown as { seen: { pictures: object } }).seen.pictures).length === 2,
  );
  return viewer.page.evaluate(() => {
    const { entered, pictures } = (window as unknown as { seen: { entered: number; pictures: Record<string, number> } })
      .seen;
    return {
      pictures: Object.fromEntries(Object.entries(pictures).map(([name, at]) => [name, Math.round(at - entered)])),
    };
  });
}
