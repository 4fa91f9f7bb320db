import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { newMeeting, newPerson } from '../../test/people.js';
import { newAddress, type ServerUnderTest, STARTING, startServer } from '../../test/server.js';
import { mails, users } from '../database/schema.js';
import { LANGUAGES } from './language.js';
import { type MailKind, mailText } from './mail-texts.js';

let server: ServerUnderTest;
beforeAll(async () => {
  const mail = { url: 'smtp://127.0.0.1:9', from: 'Waterbus <meet@example.org>' };
  server = await startServer({ mail, publicUrl: 'https://meet.example.org' });
}, STARTING);
afterAll(() => server.close());
beforeEach(() => server.queries.delete(mails));

interface Page {
  /** Of `Accept-Language`, as pages send it. */
  language?: string;
  headers?: Record<string, string>;
  method?: 'POST' | 'PATCH';
}
const send = (path: string, payload: object, { language, headers, method = 'POST' }: Page = {}) =>
  server.api.fastify.inject({
    method,
    url: `/v1/${path}`,
    payload,
    headers: { ...headers, ...(language && { 'accept-language': language }) },
    remoteAddress: newAddress(),
  });
const languageOfAccount = async (email: string) =>
  (await server.queries.select({ language: users.language }).from(users).where(eq(users.email, email)))[0]?.language;
async function sent() {
  await expect.poll(async () => (await server.queries.select().from(mails)).length).toBe(1);
  const [mail] = await server.queries.delete(mails).returning();
  return mail;
}

it('an account has the language of the page on which its user signed in or chose it', async () => {
  const account = { email: 'ada@example.org', password: 'correct horse battery' };
  const created = await send('accounts', { ...account, name: 'Ada' }, { language: 'de-AT,de;q=0.9' });
  expect(created.json().user.language).toBe('de');
  expect((await sent())?.subject).toBe('Bestätige deine E-Mail-Adresse');
  // A client that names no language of ours changes nothing; nor does a navigation.
  for (const language of ['*', 'fr', undefined]) await send('sessions', account, language ? { language } : {});
  await send('sessions', account, { language: 'en', headers: { 'sec-fetch-mode': 'navigate' } });
  expect(await languageOfAccount(account.email)).toBe('de');
  await send('sessions', account, { language: 'en' });
  expect(await languageOfAccount(account.email)).toBe('en');
  const headers = { authorization: `Bearer ${created.json().tokens.accessToken}` };
  const changed = await send('me', { language: 'ar-EG' }, { headers, method: 'PATCH' });
  expect(changed.json()).toMatchObject({ name: 'Ada', language: 'ar-EG' });
  expect((await send('me', { language: 'a b' }, { headers, method: 'PATCH' })).statusCode).toBe(400);
  await send('password-resets', { email: account.email }, { language: 'de' });
  expect((await sent())?.subject).toBe('تعيين كلمة مرور جديدة');
});

it('an invitation is in the language of its reader’s account, else of the inviter’s page', async () => {
  const host = await newPerson(server, { emailVerifiedAt: new Date(server.clock.date()) });
  const { code } = await newMeeting(server, host, { scheduledStart: new Date(server.clock.date()), title: 'Weekly' });
  const reader = await newPerson(server, { language: 'ar' });
  const from = { headers: host.headers as Record<string, string>, language: 'de' };
  await send(`meetings/${code}/guest-invitations`, { email: reader.email }, from);
  const arabic = await sent();
  expect(arabic?.text).toContain(`دعاك \u2068${host.email}\u2069 إلى اجتماع`);
  expect(arabic?.calendar).toContain('SUMMARY:اجتماع');
  await send(`meetings/${code}/members`, { email: 'gus@example.org' }, from);
  expect((await sent())?.text).toContain('Mitglied eines Meetings');
  await send(`meetings/${code}/guest-invitations`, { email: 'gus@example.org' }, { headers: from.headers });
  expect((await sent())?.text).toContain('You need no account');
});

it.each(LANGUAGES)('%s: every mail has its link on a line of its own, and the inviter once', (language) => {
  const link = 'https://meet.example.org/x#token=secret';
  const kinds: MailKind[] = ['invitation', 'guest-invitation', 'verify-email', 'reset-password'];
  for (const kind of kinds) {
    const of = { language, invitedBy: 'ada@example.org', brandName: 'School' };
    const { subject, text } = mailText(kind, link, of);
    expect(text.split('\n').filter((line) => line === link)).toHaveLength(1);
    expect(text.split('ada@example.org')).toHaveLength(kind.endsWith('invitation') ? 2 : 1);
    expect(subject).toMatch(/^[^\n]+ \(School\)$/);
    if (language !== 'en') expect(text).not.toBe(mailText(kind, link, { ...of, language: 'en' }).text);
  }
});
