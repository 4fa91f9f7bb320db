import type { Page } from '@playwright/test';
import { createMeeting, enter, tileOf } from '../system/call.js';
import { letTalk } from '../system/talking.js';
import { expect, test } from '../system/test.js';

test('hands, reactions, spotlight, push to talk, and drawing on a shared screen', async ({ waterbus, people }) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  await letTalk(ben);
  const link = await createMeeting(ada, waterbus);
  await enter(ada);
  await ben.page.goto(link);
  await enter(ben);
  await expect(tileOf(ada, ben)).toBeVisible();

  // Hands: a key raises it, the moderator sees a message, the tile and the queue, and lowers it.
  await ben.page.keyboard.press('h');
  await expect(tileOf(ada, ben).getByLabel('Ben raised a hand')).toBeVisible();
  await expect(ada.page.getByText('Ben raised a hand').first()).toBeAttached();
  await ada.page.getByRole('button', { name: 'People', exact: true }).click();
  const panel = ada.page.getByRole('complementary', { name: 'People' });
  await expect(panel.getByRole('heading', { name: 'Raised hands (1)' })).toBeVisible();
  await panel.getByRole('button', { name: 'Lower the hand of Ben' }).click();
  await expect(ben.page.getByText('A moderator lowered your hand')).toBeVisible();
  await expect(panel.getByRole('heading', { name: /^Raised hands/ })).toHaveCount(0);
  await expect(ben.page.getByRole('button', { name: 'Raise hand' }).first()).toBeVisible();

  // The spotlight, which an own pin would beat.
  await panel.getByRole('button', { name: 'Spotlight me for everyone' }).click();
  await expect(ben.page.locator('.large').getByLabel('In the spotlight for everyone')).toBeVisible();
  await panel.getByRole('button', { name: 'Spotlight me for everyone' }).click();
  await expect(ben.page.locator('.large')).toHaveCount(0);

  // A reaction, seen by both and announced.
  await ben.page.getByRole('button', { name: 'React', exact: true }).click();
  await Promise.all([
    expect(ada.page.locator('.reaction')).toContainText('Ben'),
    expect(ben.page.locator('.reaction')).toContainText('You'),
    ben.page.getByRole('button', { name: 'Applause' }).click(),
  ]);
  await expect(ada.page.getByText('Applause: Ben')).toBeAttached();
  await ben.page.keyboard.press('Escape');

  // Space talks while it is held; a click before does not make it press the button.
  await ben.page.getByRole('button', { name: 'Mute microphone', exact: true }).click();
  await expect(ben.page.getByText('You’re talking, but you’re muted.')).toBeVisible();
  await ben.page.keyboard.down(' ');
  await expect(ben.page.getByRole('button', { name: 'Mute microphone', exact: true })).toBeVisible();
  await expect(tileOf(ada, ben).getByLabel('Ben is muted')).toHaveCount(0);
  await ben.page.keyboard.up(' ');
  await expect(ben.page.getByRole('button', { name: 'Unmute microphone' })).toBeVisible();
  await expect(tileOf(ada, ben).getByLabel('Ben is muted')).toBeVisible();

  // A shared screen: its own zoom, a drawing that the presenter sees, and may turn off.
  await panel.getByRole('button', { name: 'Close people' }).click();
  await ada.page.getByRole('button', { name: 'Share screen' }).click();
  const own = ada.page.getByRole('figure', { name: 'Your shared screen' });
  await expect(own.locator('video')).toBeVisible();
  const screen = ben.page.locator('.screen');
  await expect.poll(() => screen.locator('video').evaluate((video: HTMLVideoElement) => video.videoWidth)).not.toBe(0);
  await screen.getByRole('button', { name: 'Zoom in: screen of Ada' }).click();
  await expect(screen.getByRole('button', { name: 'Show the whole screen, zoomed to 150%' })).toBeVisible();
  await ben.page.keyboard.press('0');
  await expect(screen.getByRole('button', { name: /zoomed to/ })).toHaveCount(0);
  await screen.getByRole('button', { name: 'Draw: screen of Ada' }).click();
  const layer = screen.locator('.drawing[data-active]');
  const box = (await layer.boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await ben.page.mouse.move(x, y);
  await ben.page.mouse.down();
  for (const step of [10, 20, 30, 40]) await ben.page.mouse.move(x + step, y + step);
  await ben.page.mouse.up();
  await expect(screen.locator('.stroke')).toHaveCount(1);
  await expect(own.locator('.stroke')).toHaveCount(1);
  await own.getByRole('button', { name: 'Others may draw' }).click();
  await expect(own.locator('.stroke')).toHaveCount(0);
  await expect(screen.getByRole('button', { name: 'Draw: screen of Ada' })).toHaveCount(0);
  await reachesNewcomer(ada.page, ben.page);
  await expect(screen.getByRole('button', { name: 'Draw: screen of Ada' })).toHaveCount(0);
  await own.getByRole('button', { name: 'Stop sharing' }).click();
  await expect(screen).toHaveCount(0);
});

/** The presenter draws a line, and goes on while the other one reloads, who then sees all of it. */
async function reachesNewcomer(presenter: Page, other: Page): Promise<void> {
  await presenter.getByRole('button', { name: 'Draw: your screen' }).click();
  const { x, y, width, height } = (await presenter.locator('.drawing[data-active]').boundingBox())!;
  const middle = y + height / 2;
  await presenter.mouse.move(x + width * 0.2, middle);
  await presenter.mouse.down();
  await presenter.mouse.move(x + width * 0.7, middle, { steps: 10 });
  await other.reload();
  const picture = other.locator('.screen-picture');
  let step = 0;
  // It fades twelve seconds after its last point.
  await expect
    .poll(async () => {
      step += 1;
      await presenter.mouse.move(x + width * 0.7, middle + (step % 5));
      const stroke = await other
        .locator('.stroke')
        .first()
        .boundingBox({ timeout: 200 })
        .catch(() => null);
      const whole = stroke && (await picture.boundingBox());
      return whole ? stroke.width / whole.width : 0;
    })
    .toBeGreaterThan(0.4);
  await presenter.mouse.up();
  await presenter.getByRole('button', { name: 'Draw: your screen' }).click();
}

test('full screen, and a window above others with the controls, which closes with the call', async ({
  waterbus,
  people,
}) => {
  const ada = await people('Ada');
  const { page } = ada;
  await createMeeting(ada, waterbus);
  await enter(ada);
  await page.getByRole('button', { name: 'Full screen', exact: true }).click();
  await page.getByRole('button', { name: 'Leave full screen' }).click();
  await expect(page.getByRole('button', { name: 'Full screen', exact: true })).toBeVisible();

  await page.getByRole('button', { name: 'Picture-in-picture' }).click();
  await expect.poll(() => floating(page, 'article')).toBe('Ada');
  expect(await floating(page, '[aria-label="Mute microphone"]', 'click')).toBe('Mute microphone');
  await expect(page.getByRole('button', { name: 'Unmute microphone' })).toBeVisible();
  await floating(page, '[aria-label="Leave"]', 'click');
  await expect(page.getByRole('heading', { name: 'You left the meeting' })).toBeVisible();
  await expect.poll(() => floating(page, 'body')).toBeUndefined();
});

/** The label of an element in the picture-in-picture window; undefined: there is no window. */
function floating(page: Page, selector: string, act: 'read' | 'click' = 'read'): Promise<string | null | undefined> {
  return page.evaluate(
    ([wanted, doing]) => {
      const { documentPictureInPicture: opener } = window as unknown as {
        documentPictureInPicture: { window: Window | null };
      };
      const found = opener.window?.document.querySelector<HTMLElement>(wanted);
      const label = found?.ariaLabel;
      if (doing === 'click') found?.click();
      return opener.window ? (label ?? null) : undefined;
    },
    [selector, act] as const,
  );
}
