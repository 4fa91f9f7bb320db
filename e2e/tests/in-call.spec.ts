import { createMeeting, enter, tileOf } from '../system/call.js';
import { letTalk } from '../system/talking.js';
import { expect, test } from '../system/test.js';

test('hands, reactions, spotlight, push to talk, and talking while muted', async ({ waterbus, people }) => {
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
  await ada.page.getByRole('button', { name: 'Show raised hands' }).click();
  const panel = ada.page.getByRole('complementary', { name: 'People' });
  await expect(panel.getByRole('heading', { name: 'Raised hands (1)' })).toBeVisible();
  await panel.getByRole('button', { name: 'Lower the hand of Ben' }).click();
  await expect(panel.getByRole('heading', { name: /^Raised hands/ })).toHaveCount(0);
  await expect(ben.page.getByText('A moderator lowered your hand')).toBeVisible();
  await expect(ben.page.getByRole('button', { name: 'Raise hand' }).first()).toBeVisible();

  // The spotlight, which an own pin would beat.
  await panel.getByRole('button', { name: 'Spotlight me for everyone' }).click();
  await expect(ben.page.locator('.large').getByLabel('In the spotlight for everyone')).toBeVisible();
  await panel.getByRole('button', { name: 'Spotlight me for everyone' }).click();
  await expect(ben.page.locator('.large')).toHaveCount(0);

  // A reaction, seen by both and announced.
  await ben.page.getByRole('button', { name: 'React' }).click();
  await ben.page.getByRole('button', { name: 'Applause' }).click();
  await expect(ada.page.locator('.reaction')).toContainText('Ben');
  await expect(ada.page.getByText('Applause: Ben')).toBeAttached();
  await expect(ben.page.locator('.reaction')).toContainText('You');
  await ben.page.keyboard.press('Escape');

  // Space talks while it is held; a click before does not make it press the button.
  await ben.page.getByRole('button', { name: 'Mute microphone' }).click();
  await expect(ben.page.getByText('You’re talking, but you’re muted.')).toBeVisible();
  await ben.page.keyboard.down(' ');
  await expect(ben.page.getByRole('button', { name: 'Mute microphone' })).toBeVisible();
  await expect(tileOf(ada, ben).getByLabel('Ben is muted')).toHaveCount(0);
  await ben.page.keyboard.up(' ');
  await expect(ben.page.getByRole('button', { name: 'Unmute microphone' })).toBeVisible();
  await expect(tileOf(ada, ben).getByLabel('Ben is muted')).toBeVisible();

  // Full screen, and the window above others, which has the controls and closes with the call.
  await ben.page.getByRole('button', { name: 'Full screen' }).click();
  await expect(ben.page.getByRole('button', { name: 'Leave full screen' })).toBeVisible();
  await ben.page.getByRole('button', { name: 'Leave full screen' }).click();
  const opened = ben.context.waitForEvent('page');
  await ben.page.getByRole('button', { name: 'Picture-in-picture' }).click();
  const floating = await opened;
  await expect(floating.getByRole('article', { name: 'Ada' })).toBeVisible();
  await floating.getByRole('button', { name: 'Unmute microphone' }).click();
  await expect(tileOf(ada, ben).getByLabel('Ben is muted')).toHaveCount(0);
  const closed = floating.waitForEvent('close');
  await floating.getByRole('button', { name: 'Leave' }).click();
  await closed;
  await expect(ben.page.getByRole('heading', { name: 'You left the meeting' })).toBeVisible();
});
