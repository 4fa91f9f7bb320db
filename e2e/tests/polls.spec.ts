import { expectNoViolations } from '../system/accessibility.js';
import { createMeeting, enter, type Person } from '../system/call.js';
import { expect, test } from '../system/test.js';

test('a poll is opened, voted by keyboard, kept over a reload, closed, and read on the page of the meeting', async ({
  waterbus,
  people,
}) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  const link = await createMeeting(ada, waterbus);
  await enter(ada);
  await ben.page.goto(link);
  await enter(ben);
  // Guests create none, unless a setting permits it.
  await expect(ben.page.getByRole('button', { name: 'Polls' })).toHaveCount(0);

  await ada.page.getByRole('button', { name: 'Polls' }).click();
  await panel(ada).getByRole('button', { name: 'New poll' }).click();
  await expect(panel(ada).getByLabel('Question')).toBeFocused();
  await expectNoViolations(ada.page, 'new poll');
  await ada.page.keyboard.type('When do we meet?');
  await ada.page.keyboard.press('Tab');
  await ada.page.keyboard.type('Monday');
  await ada.page.keyboard.press('Tab');
  await ada.page.keyboard.type('Friday');
  await ada.page.keyboard.press('Enter');
  await expect(panel(ada).getByRole('button', { name: 'New poll' })).toBeFocused();
  await expect(panel(ada).getByRole('status')).toHaveText('The poll has started.');

  await expect(ben.page.getByText('Ada started a poll: When do we meet?')).toBeVisible();
  await expect(ben.page.getByRole('button', { name: 'Polls, 1 open' })).toBeVisible();
  await ben.page.getByRole('button', { name: 'Vote', exact: true }).click();
  await expect(panel(ben).getByText('Everyone sees how you vote.')).toBeVisible();
  await panel(ben).getByRole('radio', { name: 'Monday' }).focus();
  await ben.page.keyboard.press('ArrowDown');
  await expect(panel(ben).getByRole('radio', { name: 'Friday' })).toBeChecked();
  await ben.page.keyboard.press('Enter');
  await expect(panel(ben).getByRole('status')).toHaveText('Your vote was counted.');
  await expect(results(ada)).toHaveText([/Monday0 votes, 0%/, /Friday.*1 vote, 100%Ben/]);
  await expectNoViolations(ben.page, 'open poll');

  // After the reload Ben is another participant, whose vote replaces the earlier one.
  await ben.page.reload();
  await ben.page.getByRole('button', { name: 'Polls', exact: true }).click();
  await expect(panel(ben).getByRole('radio', { name: 'Friday' })).toBeChecked();
  await panel(ben).getByRole('radio', { name: 'Monday' }).check();
  await panel(ben).getByRole('button', { name: 'Change vote' }).click();
  await expect(results(ada)).toHaveText([/Monday.*1 vote, 100%Ben/, /Friday0 votes, 0%/]);

  await panel(ada).getByRole('button', { name: 'End poll', exact: true }).click();
  await expect(panel(ada).getByRole('status')).toHaveText('The poll is closed.');
  // The button that had the focus is gone.
  await expect(panel(ada).locator(':focus')).toHaveCount(1);
  await expect(panel(ben).getByText('Closed.')).toBeVisible();
  await expect(panel(ben).getByRole('radio')).toHaveCount(0);
  await expectNoViolations(ada.page, 'closed poll');

  await ada.page.getByRole('button', { name: 'Leave', exact: true }).click();
  await ada.page.goto(`${link}/polls`);
  await expect(ada.page.getByRole('heading', { name: 'When do we meet?' })).toBeVisible();
  await expect(ada.page.getByRole('list', { name: 'Results' }).getByRole('listitem')).toHaveText([/Ben/, /0 votes/]);
  await expectNoViolations(ada.page, 'page of the meeting');
  const download = ada.page.waitForEvent('download');
  await ada.page.getByRole('button', { name: 'Download as CSV' }).click();
  expect((await download).suggestedFilename()).toMatch(/-polls\.csv$/);
});

function panel({ page }: Person) {
  return page.getByRole('complementary', { name: 'Polls' });
}

function results(who: Person) {
  return panel(who).getByRole('list', { name: 'Results' }).getByRole('listitem');
}
