import type { Person } from '../system/call.js';
import { createMeeting, enter, hears, seesMoving, tileOf } from '../system/call.js';
import { expect, test } from '../system/test.js';

type Act = 'mute' | 'stopVideo' | 'remove' | 'moveToWaitingRoom' | 'admit' | 'deny';

/** Moderates with the SDK of the host's page. */
function moderate(host: Person, act: Act, name: string): Promise<void> {
  return host.page.evaluate(
    async ([act, name]) => {
      interface Named {
        id: string;
        name: string;
      }
      const { call } = (window as unknown as { waterbus: { call: ModeratedCall } }).waterbus;
      interface ModeratedCall {
        participants: Named[];
        moderation: Record<string, (id: string) => Promise<void>> & { waiting(): Promise<Named[]> };
      }
      const from = act === 'admit' || act === 'deny' ? await call.moderation.waiting() : call.participants;
      // A person that gave up waiting stays in the list for another minute.
      const found = from.findLast((one) => one.name === name);
      if (!found) throw new Error(`${name} is not there`);
      await call.moderation[act]!(found.id);
    },
    [act, name] as const,
  );
}

test('a guest waits to be let in, is muted, sent back, let in again and removed', async ({ waterbus, people }) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  const link = await createMeeting(ada, waterbus);
  await enter(ada);
  const code = link.split('/').at(-1)!;
  const hostToken = await ada.page.evaluate(
    (code) => (JSON.parse(localStorage.getItem('waterbus.host-tokens')!) as string[][]).find(([of]) => of === code)![1],
    code,
  );
  const changed = await ada.page.request.patch(`${waterbus.url}/v1/meetings/${code}`, {
    headers: { authorization: `Bearer ${hostToken}` },
    data: { waitingRoom: true },
  });
  expect(changed.status(), await changed.text()).toBe(200);

  await ben.page.goto(link);
  await ben.page.getByLabel('Your name').fill('Ben');
  const ask = async () => {
    await ben.page.getByRole('button', { name: 'Join now' }).click();
    await expect(ben.page.getByRole('status').filter({ hasText: 'Waiting to be let in' })).toBeVisible();
  };
  await ask();
  await ben.page.getByRole('button', { name: 'Cancel' }).click();
  await expect(ben.page.getByText('Waiting to be let in')).toBeHidden();
  await ask();
  await moderate(ada, 'admit', 'Ben');
  await seesMoving(ada, ben);
  await hears(ada, 1);

  await moderate(ada, 'mute', 'Ben');
  await expect(ben.page.getByText('You were muted by a moderator')).toBeVisible();
  await expect(tileOf(ada, ben).getByLabel(/muted/i)).toBeVisible();
  await ben.page.getByRole('button', { name: 'Unmute microphone' }).click();
  await hears(ada, 1);
  await moderate(ada, 'stopVideo', 'Ben');
  await expect(ben.page.getByRole('button', { name: 'Start camera' })).toBeVisible();
  await expect(tileOf(ada, ben).locator('video')).toBeHidden();

  await moderate(ada, 'moveToWaitingRoom', 'Ben');
  await expect(ben.page.getByRole('heading', { name: 'You were moved to the waiting room' })).toBeVisible();
  await expect(tileOf(ada, ben)).toHaveCount(0);
  await ben.page.getByRole('button', { name: 'Ask to be let in' }).click();
  await ask();
  // Waits for the chat requests, because a removal in between makes the browser log a refused one.
  const read = Promise.all(
    [/\/messages\?/, new RegExp(`/meetings/${code}$`)].map((address) => ben.page.waitForResponse(address)),
  );
  await moderate(ada, 'admit', 'Ben');
  await expect(tileOf(ada, ben)).toHaveCount(1);
  await read;

  await moderate(ada, 'remove', 'Ben');
  await expect(ben.page.getByRole('heading', { name: 'You were removed from the meeting' })).toBeVisible();
  await expect(ben.page.getByRole('button', { name: 'Rejoin' })).toHaveCount(0);
  await expect(tileOf(ada, ben)).toHaveCount(0);
});

test('a denied guest sees the denial', async ({ waterbus, people }) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  const { page } = ada;
  const created = await page.request.post(`${waterbus.url}/v1/meetings`, {
    data: { title: 'Closed', waitingRoom: true },
  });
  const { meeting, hostToken } = (await created.json()) as { meeting: { code: string }; hostToken: string };
  const link = `${waterbus.url}/m/${meeting.code}`;
  await page.goto(waterbus.url);
  await page.evaluate(
    (tokens) => localStorage.setItem('waterbus.host-tokens', tokens),
    JSON.stringify([[meeting.code, hostToken]]),
  );
  await page.goto(link);
  await enter(ada);
  await ben.page.goto(link);
  await ben.page.getByLabel('Your name').fill('Ben');
  await ben.page.getByRole('button', { name: 'Join now' }).click();
  await expect(ben.page.getByText('Waiting to be let in')).toBeVisible();
  await moderate(ada, 'deny', 'Ben');
  await expect(ben.page.getByRole('heading', { name: 'You were not let in' })).toBeVisible();
});
