import { joinAsGuest } from '../attack/guest.js';
import { expectNoViolations } from '../system/accessibility.js';
import { createMeeting, enter, type Person } from '../system/call.js';
import { expect, test } from '../system/test.js';

test('a private message reaches one person alone, once the host permits it', async ({ waterbus, people }) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  const link = await createMeeting(ada, waterbus);
  await enter(ada);
  await ben.page.goto(link);
  await enter(ben);
  const code = link.split('/').at(-1)!;
  const cleo = await joinAsGuest(waterbus.url, { code }, { name: 'Cleo' });

  // Off at first: nothing offers it.
  await ben.page.getByRole('button', { name: 'Chat', exact: true }).click();
  await expect(panel(ben).getByLabel('Message', { exact: true })).toBeVisible();
  await expect(receiver(ben)).toHaveCount(0);
  // Its code cannot be loaded until a message has arrived.
  let refused = 0;
  await ben.page.route(/\/assets\/follow-private-[\w-]+\.js/, (route) => {
    refused += 1;
    return route.abort();
  });
  await ada.page.getByRole('button', { name: 'People' }).click();
  await ada.page.getByRole('button', { name: 'Meeting settings' }).click();
  await ada.page.getByLabel('Private messages in the chat').selectOption({ label: 'Between everyone' });
  await ada.page.keyboard.press('Escape');

  await expect.poll(() => refused).toBeGreaterThan(0);

  // From the menu of the person, by keyboard.
  await ada.page.getByRole('button', { name: 'Actions for Ben' }).focus();
  await ada.page.keyboard.press('Enter');
  await ada.page.getByRole('button', { name: 'Message privately: Ben' }).press('Enter');
  await expect(panel(ada).getByLabel('Message', { exact: true })).toBeFocused();
  await expect(receiver(ada).locator('option:checked')).toHaveText('Ben (guest)');
  await expect(panel(ada).getByText('Nobody else sees it.')).toBeVisible();
  await ada.page.keyboard.type('Only for Ben');
  await ada.page.keyboard.press('Enter');
  const sent = panel(ada).getByRole('listitem').filter({ hasText: 'Only for Ben' });
  await expect(sent).toContainText('Privately to Ben');
  await expectNoViolations(ada.page, 'private message');

  // What has arrived without the code is announced with it.
  await ben.page.unrouteAll({ behavior: 'wait' });
  const received = panel(ben).getByRole('listitem').filter({ hasText: 'Only for Ben' });
  await expect(received).toContainText('Privately to you');
  await expect(
    panel(ben).getByRole('status').filter({ hasText: 'Ada, privately to you: Only for Ben' }),
  ).toBeAttached();
  await received.hover();
  await received.getByRole('button', { name: 'Reply' }).click();
  await expect(receiver(ben).locator('option:checked')).toHaveText(/^Ada/);
  await ben.page.keyboard.type('And back');
  await ben.page.keyboard.press('Enter');
  await expect(panel(ada).getByRole('listitem').filter({ hasText: 'And back' })).toContainText('Privately to you');
  ben.pageErrors.splice(0, ben.pageErrors.length, ...ben.pageErrors.filter((text) => !text.includes('follow-private')));

  // With the chat closed: a number on its button, and a notice without the text, which a shared screen might show.
  await ada.page.keyboard.press('Escape');
  await expect(panel(ada)).toHaveCount(0);
  await ben.page.keyboard.type('A secret');
  await ben.page.keyboard.press('Enter');
  await expect(ada.page.getByText('Ben: Private message').first()).toBeVisible();
  await expect(ada.page.getByRole('button', { name: /^Chat, 1/ })).toBeVisible();
  await expect(ada.page.getByText('A secret')).toHaveCount(0);
  await ada.page.getByRole('button', { name: /^Chat/ }).press('Enter');
  await expect(panel(ada).getByRole('listitem').filter({ hasText: 'A secret' })).toBeVisible();
  await expect(ada.page.getByRole('button', { name: /^Chat, 1/ })).toHaveCount(0);

  // Deleted, it is gone at both.
  await sent.getByRole('button', { name: 'Delete message' }).focus();
  await ada.page.keyboard.press('Enter');
  await expect(sent).toHaveCount(0);
  await expect(received).toHaveCount(0);

  // A third person receives the message to everyone that follows, and nothing of the two.
  await receiver(ben).selectOption({ label: 'Everyone' });
  await panel(ben).getByLabel('Message', { exact: true }).fill('For everyone');
  await ben.page.keyboard.press('Enter');
  await cleo.until(() => JSON.stringify(cleo.client.events).includes('For everyone'));
  expect(JSON.stringify(cleo.client.events)).not.toMatch(/Only for Ben|And back|private\./);
  for (const list of ['messages', 'private-messages']) {
    const response = await ben.page.request.get(`${waterbus.url}/v1/meetings/${code}/${list}`, {
      headers: { authorization: `Bearer ${cleo.joined.resumeToken}` },
    });
    expect(response.status()).toBe(200);
    expect(await response.text()).not.toMatch(/Only for Ben|And back/);
  }
  cleo.client.socket.close();
});

function panel({ page }: Person) {
  return page.getByRole('complementary', { name: 'Chat' });
}

function receiver(who: Person) {
  return panel(who).getByLabel('To:');
}
