import { randomUUID } from 'node:crypto';
import { createMeeting, enter, tileOf } from '../system/call.js';
import { expect, test } from '../system/test.js';

test('a second tab moves the call to itself', async ({ waterbus, people }) => {
  const ada = await people('Ada');
  const link = await createMeeting(ada, waterbus);
  await enter(ada);
  const second = await ada.context.newPage();
  await second.goto(link);
  await expect(second.getByText('You are in this call in another tab.')).toBeVisible();
  await second.getByLabel('Your name').fill('Ada');
  await second.getByRole('button', { name: 'Move the call here' }).click();
  await expect(second.getByRole('button', { name: 'Leave', exact: true })).toBeVisible();
  await expect(ada.page.getByRole('heading', { name: 'The call continues elsewhere' })).toBeVisible();
  await expect(second.locator('[data-participant-id]')).toHaveCount(1);
});

test('an account moves the call to another device, or joins there too', async ({ waterbus, people }) => {
  const [phone, ben] = [await people('Ada'), await people('Ben')];
  const email = `ada-${randomUUID()}@example.org`;
  await phone.page.goto(`${waterbus.url}/create-account`);
  await phone.page.getByLabel('Your name').fill('Ada');
  await phone.page.getByLabel('E-mail address').fill(email);
  await phone.page.getByLabel('Password').fill('correct horse battery');
  await phone.page.getByRole('button', { name: 'Create account' }).click();
  await expect(phone.page.getByRole('heading', { name: 'Your meetings' })).toBeVisible();
  const link = await createMeeting(ben, waterbus, { password: 'staple staple' });
  await enter(ben);
  await phone.page.goto(link);
  await enter(phone, { password: 'staple staple' });
  await phone.page.keyboard.press('h');
  await expect(tileOf(ben, 'Ada').getByRole('img', { name: 'Ada raised a hand' })).toHaveCount(1);
  await tileOf(phone, ben).getByRole('button', { name: 'Pin Ben' }).click();

  // The other device: the same account, without the password of the meeting.
  const { page } = await people('Ada');
  await page.goto(`${waterbus.url}/sign-in?next=${encodeURIComponent(new URL(link).pathname)}`);
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByText('You are in this call on another device.')).toBeVisible();
  await expect(page.getByLabel('Password')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Join here too' })).toBeVisible();
  await page.getByRole('button', { name: 'Move the call here' }).click();
  await expect(page.getByRole('button', { name: 'Leave', exact: true })).toBeVisible();

  // Also the pin, which nobody else knows.
  await expect(page.getByRole('button', { name: 'Pin Ben', pressed: true })).toHaveCount(1);

  const heading = phone.page.getByRole('heading', { name: 'The call continues on your other device' });
  await expect(heading).toBeFocused();
  await expect(phone.page.getByRole('button', { name: 'Rejoin' })).toHaveCount(0);
  await expect(ben.page.getByText('Ada switched to another device')).toBeVisible();
  // Once in the room, with the hand still up.
  await expect(tileOf(ben, 'Ada')).toHaveCount(1);
  await expect(tileOf(ben, 'Ada').getByRole('img', { name: 'Ada raised a hand' })).toHaveCount(1);
});
