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
});
