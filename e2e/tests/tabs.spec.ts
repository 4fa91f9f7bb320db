import { createMeeting, enter } from '../system/call.js';
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
