import { readFileSync } from 'node:fs';
import { expectNoViolations } from '../system/accessibility.js';
import { createMeeting, enter, hears, meet, type Person, seesMoving, tileOf } from '../system/call.js';
import { cuttableProxy } from '../system/cuttable-proxy.js';
import { expect, test } from '../system/test.js';

test('messages go both ways, are edited and deleted, and count as unread while the chat is closed', async ({
  waterbus,
  people,
}) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  await meet(waterbus, [ada, ben]);
  await ada.page.keyboard.press('c');
  await expect(field(ada)).toBeFocused();
  await write(ada, 'Hello Ben, see https://example.org/plan.');

  await expect(ben.page.getByText('Ada: Hello Ben')).toBeVisible();
  await ben.page.getByRole('button', { name: 'Chat, 1 unread' }).click();
  await expect(messages(ben)).toHaveCount(1);
  await expect(messages(ben).first()).toContainText('Ada');
  await expect(ben.page.getByText('New messages', { exact: true })).toBeVisible();
  const link = messages(ben).getByRole('link', { name: 'https://example.org/plan', exact: true });
  await expect(link).toHaveAttribute('rel', /noopener/);
  await expect(messages(ben).getByRole('button', { name: 'Delete message' })).toHaveCount(0);

  await field(ben).fill('First line');
  await field(ben).press('Shift+Enter');
  await field(ben).pressSequentially('<b>second</b>');
  await field(ben).press('Enter');
  await expect(messages(ada).last()).toContainText('First line\n<b>second</b>', { useInnerText: true });
  await expect(ada.page.getByRole('complementary').getByRole('status')).toContainText('Ben: First line');
  await expect(ada.page.getByRole('button', { name: /^Chat/ })).toHaveAccessibleName('Chat');

  await messages(ben).last().hover();
  await messages(ben).last().getByRole('button', { name: 'Edit message' }).click();
  await ben.page.getByLabel('Edit your message').fill('Better');
  await ben.page.keyboard.press('Enter');
  await expect(messages(ada).last()).toContainText('Better (edited)');

  // The host may delete messages of others, but not edit them.
  await messages(ada).last().hover();
  await expect(messages(ada).last().getByRole('button', { name: 'Edit message' })).toHaveCount(0);
  await messages(ada).last().getByRole('button', { name: 'Delete message' }).click();
  await expect(messages(ben).last()).toContainText('Message deleted');
  await expect(messages(ben)).toHaveCount(2);

  await field(ben).fill('Not yet');
  await ben.page.keyboard.press('Escape');
  await expect(ben.page.getByRole('button', { name: 'Chat' })).toBeFocused();
  await expect(messages(ben)).toHaveCount(0);
  await ben.page.keyboard.press('c');
  await expect(field(ben)).toHaveValue('Not yet');
});

test('a message shows marks as bold text, code, a list and a quote, and never as HTML', async ({
  waterbus,
  people,
}) => {
  const ada = await people('Ada');
  await createMeeting(ada, waterbus);
  await enter(ada);
  await openChat(ada);
  await write(ada, '**Plan** for `main`\n> quoted\n- one\n- <img src=x>\n```\nlet a = 1;\n```');
  const message = messages(ada).first();
  await expect(message.locator('.message-text strong')).toHaveText('Plan');
  await expect(message.locator('.message-text p > code')).toHaveText('main');
  await expect(message.locator('blockquote')).toHaveText('quoted');
  await expect(message.locator('.message-text li')).toHaveText(['one', '<img src=x>']);
  await expect(message.locator('pre')).toHaveText('let a = 1;');
  await expect(message.locator('img')).toHaveCount(0);
  await expectNoViolations(ada.page);
});

test('a mention, a reply and a reaction reach the other, by keyboard', async ({ waterbus, people }) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  await meet(waterbus, [ada, ben]);
  await openChat(ada);
  await field(ada).pressSequentially('Ask @b');
  await expect(ada.page.getByRole('option', { name: 'Ben' })).toHaveAttribute('aria-selected', 'true');
  await expectNoViolations(ada.page);
  await field(ada).press('Enter');
  await expect(field(ada)).toHaveValue('Ask @Ben ');
  await field(ada).press('Enter');
  await expect(ben.page.getByText('Ada mentioned you: Ask @Ben')).toBeVisible();
  await openChat(ben);
  const question = messages(ben).first();
  await expect(question.locator('.mention[data-own]')).toHaveText('@Ben');

  await question.hover();
  await question.getByRole('button', { name: 'Add reaction' }).click();
  await expect(ben.page.getByRole('button', { name: 'Thumbs up' })).toBeFocused();
  await expectNoViolations(ben.page);
  await ben.page.keyboard.press('Enter');
  await expect(messages(ada).first().getByRole('button', { name: '👍 Ben', exact: true })).toBeVisible();
  await messages(ada).first().getByRole('button', { name: '👍 Ben', exact: true }).click();
  await expect(question.getByRole('button', { name: '👍 You and Ada' })).toHaveAttribute('aria-pressed', 'true');
  await question.getByRole('button', { name: '👍 You and Ada' }).click();
  await expect(question.getByRole('button', { name: '👍 Ada', exact: true })).toHaveAttribute('aria-pressed', 'false');

  await question.getByRole('button', { name: 'Reply' }).click();
  await expect(field(ben)).toBeFocused();
  await expect(ben.page.getByText('Reply to Ada')).toBeVisible();
  await write(ben, 'An answer');
  await expect(ben.page.getByText('Reply to Ada')).toHaveCount(0);
  await messages(ada).last().getByTitle('Show this message').click();
  await expect(messages(ada).first()).toBeFocused();
  await expectNoViolations(ada.page);
});

test('a picture and a document go to the other, who opens one and saves the other', async ({ waterbus, people }) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  await meet(waterbus, [ada, ben]);
  await openChat(ada);
  await openChat(ben);
  const pdf = Buffer.from(`%PDF-1.7\n${'page '.repeat(5000)}`);
  await ada.page.locator('input[type="file"]').setInputFiles([
    { name: 'dot.png', mimeType: 'image/png', buffer: Buffer.from(PNG, 'base64') },
    { name: 'plan.pdf', mimeType: 'application/pdf', buffer: pdf },
  ]);
  const pending = ada.page.getByRole('list', { name: 'Files to send' });
  await expect(pending.getByRole('listitem')).toHaveCount(2);
  await expect(pending.getByRole('progressbar')).toHaveCount(0);
  await expectNoViolations(ada.page);
  await field(ada).press('Enter');
  await expect(pending).toHaveCount(0);

  const message = messages(ben).first();
  await expect(message.getByText('plan.pdf')).toBeVisible();
  // The names as text are for pages that show no files.
  await expect(message.getByText('dot.png')).toHaveCount(0);
  await expect(message.getByRole('img', { name: 'dot.png' })).toHaveJSProperty('naturalWidth', 1);
  await message.getByRole('button', { name: 'dot.png' }).click();
  const dialog = ben.page.getByRole('dialog', { name: 'dot.png' });
  await expect(dialog.getByRole('img')).toHaveAttribute('src', /^blob:/);
  await expectNoViolations(ben.page);
  await ben.page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  const download = ben.page.waitForEvent('download');
  await message.getByRole('button', { name: 'Download plan.pdf' }).click();
  const saved = await download;
  expect(saved.suggestedFilename()).toBe('plan.pdf');
  expect(readFileSync(await saved.path()).equals(pdf)).toBe(true);

  // Dropped: too large for the server of the tests is refused in words, and can be removed.
  await ada.page.route('**/files', (route) =>
    route.request().method() === 'POST'
      ? route.fulfill({
          status: 413,
          json: { type: 'about:blank', title: 'Large', status: 413, code: 'file.too_large' },
        })
      : route.fallback(),
  );
  await drop(ada, 'large.bin');
  await expect(pending.getByRole('alert')).toHaveText('This file is too large.');
  await pending.getByRole('button', { name: 'Remove large.bin' }).click();
  await expect(pending).toHaveCount(0);
  await ada.page.unroute('**/files');
  // The console message about the faked answer.
  ada.pageErrors.splice(0, ada.pageErrors.length, ...ada.pageErrors.filter((text) => !text.includes('413')));
  await messages(ada).first().hover();
  await messages(ada).first().getByRole('button', { name: 'Delete message' }).click();
  await expect(message).toContainText('Message deleted');
  await expect(message.getByRole('img')).toHaveCount(0);
});

test('a guest reads only the messages since joining, also after a rejoin', async ({ waterbus, people }) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  const link = await createMeeting(ada, waterbus);
  await enter(ada);
  await openChat(ada);
  await write(ada, 'Before Ben');
  await expect(messages(ada).first()).toContainText('Before Ben');
  await ben.page.goto(link);
  await enter(ben);
  await openChat(ben);
  await expect(ben.page.getByText('No messages yet')).toBeVisible();
  await write(ada, 'With Ben');
  await expect(messages(ben)).toHaveText([/With Ben/]);
  await ben.page.getByRole('button', { name: 'Leave' }).click();
  await write(ada, 'Without Ben');
  await expect(messages(ada)).toHaveCount(3);
  await ben.page.getByRole('button', { name: 'Rejoin' }).click();
  await enter(ben);
  await openChat(ben);
  await write(ada, 'With Ben again');
  await expect(messages(ben)).toHaveText([/With Ben again/]);
});

test('a failed message is stored once after a retry', async ({ waterbus, people }) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  await meet(waterbus, [ada, ben]);
  await openChat(ada);
  await openChat(ben);
  // The server accepts the message, and the answers are lost.
  await ada.page.route('**/messages', async (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    await route.fetch().catch(() => {});
    await route.fulfill({
      status: 503,
      json: { type: 'about:blank', title: 'Lost', status: 503, code: 'server.unavailable' },
    });
  });
  await write(ada, 'Once');
  // The message arrives live although its answer was lost, and counts as the same message.
  await expect(messages(ben)).toHaveText([/Once/]);
  await expect(messages(ada)).toHaveText([/Once/]);
  // A retry of the SDK may still be with the handler.
  await ada.page.unrouteAll({ behavior: 'wait' });
  let ids: string[] = [];
  await ada.page.route('**/messages', (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    const body = route.request().postDataJSON() as { text: string; clientId: string };
    // The SDK may still retry the previous message.
    if (body.text === 'Twice tried') ids.push(body.clientId);
    return route.fulfill({
      status: 503,
      json: { type: 'about:blank', title: 'No', status: 503, code: 'server.unavailable' },
    });
  });
  await write(ada, 'Twice tried');
  await expect(messages(ada).last()).toContainText('Not sent.');
  await ada.page.unroute('**/messages');
  const sent = ada.page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/messages'));
  await messages(ada).last().getByRole('button', { name: 'Try again' }).click();
  ids = [...ids, ((await sent).postDataJSON() as { clientId: string }).clientId];
  expect(new Set(ids).size).toBe(1);
  await expect(messages(ben)).toHaveText([/Once/, /Twice tried/]);
  await expect(messages(ada)).toHaveText([/Once/, /Twice tried/]);
  await expect(ada.page.getByText('Not sent.')).toHaveCount(0);
  // The console messages about the faked answers.
  ada.pageErrors.splice(0, ada.pageErrors.length, ...ada.pageErrors.filter((text) => !text.includes('503')));
});

test('R1: messages sent during an outage of the line arrive afterwards', async ({ waterbus, people }) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  const proxy = await cuttableProxy(waterbus.httpPort);
  try {
    const link = await createMeeting(ada, waterbus);
    await enter(ada);
    await ben.page.goto(`http://localhost:${proxy.port}${new URL(link).pathname}`);
    await enter(ben);
    await openChat(ada);
    await openChat(ben);
    await write(ada, 'Before');
    await expect(messages(ben)).toHaveCount(1);
    proxy.refuse();
    await expect(ben.page.getByText('Reconnecting…').first()).toBeVisible();
    for (const text of ['One', 'Two', 'Three']) await write(ada, text);
    await expect(messages(ada)).toHaveCount(4);
    proxy.accept();
    await expect(messages(ben)).toHaveText([/Before/, /One/, /Two/, /Three/]);
  } finally {
    // Leaves the page before its path to the server ends for good, so that it does not try another.
    await ben.page.goto('about:blank');
    await proxy.close();
  }
  // Chromium itself logs refused connections on the console.
  const pageErrors = ben.pageErrors.splice(0);
  expect(pageErrors.filter((line) => !/WebSocket|ERR_CONNECTION/.test(line))).toEqual([]);
});

test('the chat opens at its end, with all messages that the host may read', async ({ waterbus, people }) => {
  const ada = await people('Ada');
  const link = await createMeeting(ada, waterbus);
  await enter(ada);
  await ada.page.evaluate(async () => {
    const { call } = (window as unknown as { waterbus: { call: { chat: { send(text: string): Promise<unknown> } } } })
      .waterbus;
    for (let number = 1; number <= 8; number++) await call.chat.send(`Note ${number}\n${'and more\n'.repeat(12)}`);
  });
  // A new page reads the earlier messages from the server.
  await ada.page.goto(link);
  await enter(ada);
  await openChat(ada);
  await expect(messages(ada)).toHaveCount(8);
  await expect(messages(ada).last()).toBeInViewport();
  await expect(messages(ada).first()).not.toBeInViewport();
});

test('a moderator admits, mutes and removes a guest, and sets the permissions of others', async ({
  waterbus,
  people,
}) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  const link = await createMeeting(ada, waterbus);
  await enter(ada);
  const { page } = ada;
  await page.keyboard.press('p');
  const panel = page.getByRole('complementary', { name: 'People' });
  await panel.getByRole('button', { name: 'Meeting settings' }).click();
  await page.getByRole('switch', { name: /Waiting room/ }).check();
  await page.getByLabel('Who may write in the chat').selectOption('moderators');
  await page.getByLabel('Who may share the screen').selectOption('members');
  await page.getByLabel('Password', { exact: true }).fill('correct horse');
  await page.getByRole('button', { name: 'Set password' }).click();
  await expect(page.getByText('The password is set.')).toBeVisible();
  await page.getByRole('button', { name: 'Remove password' }).click();
  await expect(page.getByText('A password is no longer required.')).toBeVisible();
  await expectNoViolations(page);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(panel).toBeVisible();
  await page.keyboard.press('p');

  await ben.page.goto(link);
  await ben.page.getByLabel('Your name').fill('Ben');
  const ask = async () => {
    await ben.page.getByRole('button', { name: 'Join now' }).click();
    await expect(ben.page.getByText('Waiting to be let in')).toBeVisible();
  };
  await ask();
  await expect(page.getByText('Ben is waiting to be let in')).toBeVisible();
  await page.getByRole('button', { name: 'People, 1 waiting' }).click();
  await expectNoViolations(page);
  await panel.getByRole('button', { name: 'Deny Ben' }).click();
  await expect(ben.page.getByRole('heading', { name: 'You were not let in' })).toBeVisible();
  await expect(panel.getByText('Waiting to be let in')).toHaveCount(0);
  await ben.page.goto(link);
  await ben.page.getByLabel('Your name').fill('Ben');
  await ask();
  await panel.getByRole('button', { name: 'Admit Ben' }).click();
  await seesMoving(ada, ben);
  await hears(ada, 1);

  await openChat(ben);
  await expect(field(ben)).toBeDisabled();
  await expect(ben.page.getByText('Only host and moderators may write.')).toBeVisible();
  await expectNoViolations(ben.page);
  await ben.page.getByRole('button', { name: /^People/ }).click();
  await expect(ben.page.getByRole('complementary').getByRole('listitem')).toHaveCount(2);
  await expect(ben.page.getByRole('button', { name: /^Actions for/ })).toHaveCount(0);
  await expect(ben.page.getByRole('button', { name: 'Meeting settings' })).toHaveCount(0);

  const act = async (name: string) => {
    await panel.getByRole('button', { name: 'Actions for Ben' }).click();
    await expectNoViolations(page);
    await panel.getByRole('button', { name }).click();
  };
  await act('Mute microphone');
  await expect(ben.page.getByText('You were muted by a moderator')).toBeVisible();
  await expect(panel.getByRole('listitem').filter({ hasText: 'Ben' })).toContainText('microphone off');
  await act('Stop camera');
  await expect(ben.page.getByRole('button', { name: 'Start camera' })).toBeVisible();
  await act('Move to waiting room');
  await expect(ben.page.getByRole('heading', { name: 'You were moved to the waiting room' })).toBeVisible();
  await ben.page.getByRole('button', { name: 'Ask to be let in' }).click();
  await ask();
  await panel.getByRole('button', { name: 'Admit Ben' }).click();
  await expect(tileOf(ada, ben)).toHaveCount(1);

  await act('Remove from call');
  await page.getByRole('dialog', { name: 'Remove Ben?' }).getByRole('button', { name: 'Cancel' }).click();
  await expect(tileOf(ada, ben)).toHaveCount(1);
  // The actions are still shown, because nothing was done.
  await panel.getByRole('button', { name: 'Remove from call' }).click();
  await expectNoViolations(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
  await expect(ben.page.getByRole('heading', { name: 'You were removed from the meeting' })).toBeVisible();
  await expect(tileOf(ada, ben)).toHaveCount(0);
});

function field(who: Person) {
  return who.page.getByRole('textbox', { name: 'Message', exact: true });
}

function messages(who: Person) {
  return who.page.getByRole('region', { name: 'Messages' }).locator('li.message');
}

async function openChat(who: Person): Promise<void> {
  await who.page.getByRole('button', { name: /^Chat/ }).click();
  await expect(who.page.getByRole('complementary', { name: 'Chat' })).toBeVisible();
}

async function write(who: Person, text: string): Promise<void> {
  await field(who).fill(text);
  await field(who).press('Enter');
  await expect(field(who)).toHaveValue('');
}

/** Drops a small file with this name onto the field. */
async function drop(who: Person, name: string): Promise<void> {
  const data = await who.page.evaluateHandle((name) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['x'], name));
    return transfer;
  }, name);
  await who.page.locator('.chat-input').dispatchEvent('drop', { dataTransfer: data });
}

/** One pixel. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
