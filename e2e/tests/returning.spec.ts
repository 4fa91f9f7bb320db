import { createMeeting, enter, type Person, seesMoving, tileOf } from '../system/call.js';
import { expect, test } from '../system/test.js';

const isInCall = (who: Person) => expect(who.page.getByRole('button', { name: 'Leave', exact: true })).toBeVisible();

test('a reload leads back into the call, and Back asks before it leaves', async ({ waterbus, people }) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  const link = await createMeeting(ada, waterbus);
  await enter(ada);
  await ben.page.goto(link);
  await enter(ben);
  const pin = tileOf(ben, ada).getByRole('button', { name: 'Pin Ada' });
  await pin.click();
  await ben.page.reload();
  await isInCall(ben);
  await expect(pin).toHaveAttribute('aria-pressed', 'true');
  await seesMoving(ben, ada);
  await seesMoving(ada, ben);
  await expect(tileOf(ada, ben)).toHaveCount(1);

  const question = ada.page.getByRole('dialog', { name: 'Leave the call?' });
  await ada.page.goBack();
  await question.getByRole('button', { name: 'Cancel' }).click();
  await isInCall(ada);
  await expect(tileOf(ben, ada)).toHaveCount(1);
  await ada.page.goBack();
  await question.getByRole('button', { name: 'Leave' }).click();
  await expect(ada.page.getByRole('heading', { name: 'You left the meeting' })).toBeVisible();
  await expect(tileOf(ben, ada)).toHaveCount(0);
  // The call is over: a reload leads to its lobby.
  await ada.page.reload();
  await expect(ada.page.getByRole('button', { name: 'Join now' })).toBeVisible();
});

test('a guest of a meeting with a password is back after a reload, without typing it again', async ({
  waterbus,
  people,
}) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  const link = await createMeeting(ada, waterbus, { password: 'correct horse' });
  await enter(ada);
  await ben.page.goto(link);
  await enter(ben, { password: 'correct horse' });
  // Twice: each way back brings the proof for the next one.
  for (let reload = 0; reload < 2; reload += 1) {
    await ben.page.reload();
    await isInCall(ben);
    await expect(tileOf(ada, ben)).toHaveCount(1);
  }
  // Another tab, or this one after the call, has no such proof.
  await ben.page.getByRole('button', { name: 'Leave', exact: true }).click();
  await ben.page.getByRole('button', { name: 'Rejoin' }).click();
  await expect(ben.page.getByLabel('Password')).toBeVisible();
  expect(await ben.page.evaluate(() => Object.keys(sessionStorage))).toEqual([]);
});
