import type { Locator } from '@playwright/test';
import { createMeeting, enter, type Person, seesMoving, tileOf } from '../system/call.js';
import { expect, test } from '../system/test.js';

const bar = (who: Person) => who.page.getByRole('region', { name: 'Breakout rooms' });

test('breakout rooms: opened, entered, visited for help, reloaded, addressed and closed', async ({
  waterbus,
  people,
}) => {
  const [ada, ben, cleo] = [await people('Ada'), await people('Ben'), await people('Cleo')];
  const link = await createMeeting(ada, waterbus);
  await enter(ada);
  for (const one of [ben, cleo]) {
    await one.page.goto(link);
    await enter(one);
  }
  await seesMoving(ada, ben);
  await ben.page.getByRole('button', { name: 'Mute microphone', exact: true }).click();

  // Ben is assigned by hand and goes there with one click; for Cleo nothing changes.
  await ada.page.getByRole('button', { name: 'People', exact: true }).click();
  const panel = ada.page.getByRole('complementary', { name: 'People' });
  await panel.getByRole('button', { name: 'Breakout rooms' }).click();
  const dialog = ada.page.getByRole('dialog', { name: 'Breakout rooms' });
  await dialog.getByRole('textbox', { name: 'Name of room 1' }).fill('Harbour');
  await dialog.getByLabel('People', { exact: true }).selectOption('Assign by hand');
  await dialog.getByLabel('Room of Ben').selectOption('Harbour');
  await dialog.getByLabel('Minutes').fill('10');
  await dialog.getByRole('button', { name: 'Open rooms' }).click();
  await ben.page.getByRole('dialog', { name: 'Join “Harbour”?' }).getByRole('button', { name: 'Join' }).click();
  await expect(bar(ben)).toContainText('Harbour');
  await expect(ben.page.getByRole('button', { name: 'Unmute microphone' })).toBeVisible();
  await expect(tileOf(ada, ben)).toHaveCount(0);
  await expect(tileOf(cleo, ben)).toHaveCount(0);
  await expect(tileOf(ben, ada)).toHaveCount(0);
  await expect(tileOf(cleo, ada)).toBeVisible();
  await expect(bar(cleo)).toContainText('Breakout rooms are open');
  await expect(bar(cleo).getByRole('button')).toHaveCount(0);
  await expect(dialog.getByRole('heading', { name: 'Harbour (1)' })).toBeVisible();
  await ada.page.keyboard.press('Escape');
  await expect(panel.getByRole('heading', { name: 'Harbour (1)' })).toBeVisible();

  // Help: the moderator comes with one click, and both see each other.
  await bar(ben).getByRole('button', { name: 'Ask for help' }).click();
  await expect(ada.page.getByText('Ben asks for help in “Harbour”')).toBeVisible();
  await ada.page.getByRole('button', { name: 'Join Harbour' }).click();
  await expect(bar(ada)).toContainText('Harbour');
  await seesMoving(ada, ben);
  await seesMoving(ben, ada);
  await expect(tileOf(ada, ben).getByLabel('Ben is muted')).toBeVisible();

  // A crash of the media nodes: both are in the same room, and have not left it.
  for (const pid of await waterbus.mediaWorkers()) process.kill(pid, 'SIGKILL');
  await seesMoving(ada, ben);
  await seesMoving(ben, ada);
  for (const one of [ada, ben]) await expect(bar(one)).toContainText('Harbour');
  await expect(tileOf(ada, ben)).toHaveCount(1);
  await expect(tileOf(ada, cleo)).toHaveCount(0);

  // A reload comes back into the room.
  await ben.page.reload();
  await expect(bar(ben)).toContainText('Harbour');
  await seesMoving(ben, ada);
  await expect(tileOf(ada, ben)).toHaveCount(1);

  // A message to all rooms, and the end for all.
  await bar(ada).getByRole('button', { name: 'Rooms' }).click();
  await dialog.getByLabel('Message to all rooms').fill('Two more minutes');
  await dialog.getByRole('button', { name: 'Send' }).click();
  for (const one of [ben, cleo]) await expect(one.page.getByText('Ada: Two more minutes')).toBeVisible();
  await dialog.getByRole('button', { name: 'Close in 1 minute' }).click();
  await dialog.getByRole('button', { name: 'Close now' }).click();
  await ada.page.keyboard.press('Escape');
  for (const one of [ada, ben, cleo]) await expect(bar(one)).toHaveCount(0);
  await seesMoving(cleo, ben);
  await seesMoving(ben, cleo);
  await expect(tileOf(ben, ada)).toBeVisible();

  // Rooms of choice: entered and left with one click, and all are back when the time is over.
  await panel.getByRole('button', { name: 'Breakout rooms' }).click();
  await dialog.getByRole('textbox', { name: 'Name of room 1' }).fill('Pier');
  await dialog.getByLabel('People', { exact: true }).selectOption('Let everyone choose');
  await dialog.getByRole('button', { name: 'Open rooms' }).click();
  await ada.page.keyboard.press('Escape');
  for (const one of [ben, cleo]) {
    await bar(one).getByRole('button', { name: 'Rooms' }).click();
    await one.page.getByRole('dialog').getByRole('button', { name: 'Join Pier' }).click();
    await expect(bar(one)).toContainText('Pier');
  }
  await seesMoving(ben, cleo);
  const gaps: number[] = [];
  for (let n = 0; n < SWITCHES; n += 1) {
    gaps.push(await gapOf(ben, bar(ben).getByRole('button', { name: 'Main room' }), ada));
    await expect(bar(ben)).toContainText('Breakout rooms are open');
    await bar(ben).getByRole('button', { name: 'Rooms' }).click();
    gaps.push(await gapOf(ben, ben.page.getByRole('dialog').getByRole('button', { name: 'Join Pier' }), cleo));
    await expect(bar(ben)).toContainText('Pier');
  }
  const sorted = gaps.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  console.log(
    `from the click to the first picture in another room: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms of ${gaps.length}`,
  );
  // Awaited on both pages from here on: the message passes after some seconds.
  const informed = [ben, cleo].map(({ page }) =>
    expect(page.getByText('The breakout rooms are closed. You are back in the main room.')).toBeVisible(),
  );
  await endIn(ada, link, 2);
  await Promise.all(informed);
  for (const one of [ben, cleo]) await expect(bar(one)).toHaveCount(0);
  await seesMoving(ada, ben);
  await seesMoving(ben, cleo);
});

/** Milliseconds from the click to the first picture of a person in the other room. */
async function gapOf({ page }: Person, button: Locator, { name }: Person): Promise<number> {
  await page.evaluate((shown) => {
    const measured = window as unknown as { gap: Promise<number> };
    measured.gap = new Promise((resolve) => {
      let clicked: number | undefined;
      document.addEventListener('click', () => (clicked ??= performance.now()), { capture: true, once: true });
      const former = new Set(document.querySelectorAll('[data-participant-id] video'));
      const look = () => {
        const tiles = [...document.querySelectorAll('[data-participant-id]')];
        const video = tiles.find((tile) => tile.textContent?.includes(shown))?.querySelector('video');
        if (clicked !== undefined && video && !former.has(video) && video.videoWidth > 0)
          video.requestVideoFrameCallback((now) => resolve(now - clicked!));
        else requestAnimationFrame(look);
      };
      look();
    });
  }, name);
  await button.click();
  return page.evaluate(() => (window as unknown as { gap: Promise<number> }).gap);
}

/** Sets the end of the rooms as the page does, whose shortest time is a minute. */
async function endIn({ page }: Person, link: string, endsIn: number): Promise<void> {
  const status = await page.evaluate(
    async ({ code, endsIn }) => {
      const tokens: [string, string][] = JSON.parse(localStorage.getItem('waterbus.host-tokens') ?? '[]');
      const token = tokens.find(([of]) => of === code)?.[1];
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const body = JSON.stringify({ endsIn });
      return (await fetch(`/v1/meetings/${code}/breakouts`, { method: 'PATCH', headers, body })).status;
    },
    { code: new URL(link).pathname.split('/')[2] ?? '', endsIn },
  );
  expect(status).toBe(200);
}

/** To the main room and back: more of them for a distribution. */
const SWITCHES = Number(process.env.BREAKOUT_SWITCHES ?? 1);
