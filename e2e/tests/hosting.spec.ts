import { createMeeting, enter, tileOf } from '../system/call.js';
import { expect, test } from '../system/test.js';

test('a host renames the meeting, invites members, mutes all, lifts a ban and ends it for everyone', async ({
  waterbus,
  people,
}) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  const { page } = ada;
  const link = await createMeeting(ada, waterbus);
  await enter(ada);
  await ben.page.goto(link);
  await enter(ben);
  await page.getByRole('button', { name: 'People' }).click();
  const panel = page.getByRole('complementary', { name: 'People' });
  await panel.getByRole('button', { name: 'Meeting settings' }).click();
  const settings = page.getByRole('dialog', { name: 'Meeting settings' });
  await settings.getByLabel('Meeting title').fill('Monthly');
  await settings.getByRole('button', { name: 'Rename' }).click();
  for (const who of [ada, ben])
    await expect(who.page.getByRole('heading', { name: 'Monthly', includeHidden: true })).toBeVisible();
  await settings.getByRole('button', { name: 'Copy member link' }).click();
  await expect(settings.getByText('The link is copied. It is valid for a week.')).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/\/invitation#token=\S+$/);
  await settings.getByRole('button', { name: 'Close settings' }).click();

  await panel.getByRole('button', { name: 'Mute all' }).click();
  await expect(tileOf(ada, ben).getByLabel(/muted/i)).toBeVisible();
  await panel.getByRole('button', { name: 'Actions for Ben' }).click();
  await panel.getByRole('button', { name: 'Ban from meeting: Ben' }).click();
  await page.getByRole('dialog', { name: 'Ban Ben?' }).getByRole('button', { name: 'Ban' }).click();
  await expect(ben.page.getByRole('heading', { name: 'You were removed from the meeting' })).toBeVisible();
  await panel.getByRole('button', { name: 'Meeting settings' }).click();
  await settings.getByRole('button', { name: 'Unban: Ben' }).click();
  await expect(settings.getByRole('heading', { name: 'Banned' })).toHaveCount(0);
  await ben.page.goto(link);
  await enter(ben);

  await settings.getByRole('button', { name: 'End the meeting for everyone' }).click();
  await page.getByRole('button', { name: 'End meeting', exact: true }).click();
  for (const who of [ada, ben])
    await expect(who.page.getByRole('heading', { name: 'The meeting has ended' })).toBeVisible();
});
