import { createAccount, test, verifyAddress } from '../../system/administrator.js';
import { openRoomsOfChoice } from '../../system/breakout-rooms.js';
import { meet, type Person, seesMoving, tileOf } from '../../system/call.js';
import { childrenOf } from '../../system/processes.js';
import { expect } from '../../system/test.js';
import type { Waterbus } from '../../system/waterbus.js';

test('a drain of the page and a crash spare a call in a breakout room, and the page shows the end of the drain', async ({
  waterbus,
  people,
  mailbox,
}) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  await meet(waterbus, [ada, ben]);
  await seesMoving(ben, ada);
  await goToHarbour(ada, ben);
  const page = await ada.context.newPage();
  await createAccount(page, waterbus);
  await verifyAddress(page, mailbox);
  await page.goto(`${waterbus.url}/admin/servers`);
  const servers = page.getByRole('table', { name: 'Servers' });
  const home = servers
    .getByRole('row', { name: /^ws-\d Signalling/ })
    .filter({ has: page.getByRole('cell', { name: /^[12]$/ }) });
  const drain = home.first().getByRole('button', { name: /^Drain ws-\d$/ });
  const nameOfHome = async () => {
    await expect(async () => {
      await page.getByRole('button', { name: 'Refresh' }).click();
      await expect(home.first()).toBeVisible({ timeout: 1000 });
    }).toPass();
    return (await drain.getAttribute('aria-label'))?.replace('Drain ', '') ?? '';
  };
  const name = await nameOfHome();
  page.once('dialog', (dialog) => void dialog.accept());
  await drain.click();
  await expect(page.getByRole('button', { name: `Stop draining ${name}` })).toBeFocused();
  const row = servers.getByRole('row', { name: new RegExp(`^${name} Signalling`) });
  await expect(row).toContainText('Drained');
  await expect(page.getByText(`${name} is drained`)).toBeVisible();
  await stayTogether(ada, ben);
  await page.getByRole('button', { name: `Stop draining ${name}` }).click();
  await expect(row).toContainText('Serving');
  await expect(page.getByRole('button', { name: `Drain ${name}` })).toBeFocused();

  // A machine fails: the home of one or both, with its media workers.
  await crash(await nameOfHome(), waterbus);
  await stayTogether(ada, ben);
  for (const one of [ada, ben]) await bar(one).getByRole('button', { name: 'Main room' }).click();
  for (const one of [ada, ben]) await expect(bar(one)).toContainText('Breakout rooms are open');
  await seesMoving(ben, ada);
  await seesMoving(ada, ben);
  // Chromium itself logs cut connections on the console.
  for (const { pageErrors } of [ada, ben])
    expect(pageErrors.splice(0).filter((line) => !/WebSocket|ERR_CONNECTION/.test(line))).toEqual([]);
});

const bar = (who: Person) => who.page.getByRole('region', { name: 'Breakout rooms' });

/** Ada opens rooms of choice, and both go to one of them. */
async function goToHarbour(ada: Person, ben: Person): Promise<void> {
  await openRoomsOfChoice(ada, 'Harbour');
  await bar(ben).getByRole('button', { name: 'Rooms' }).click();
  for (const { page } of [ada, ben])
    await page.getByRole('dialog').getByRole('button', { name: 'Join Harbour' }).click();
  for (const one of [ada, ben]) {
    await one.page.keyboard.press('Escape');
    await expect(bar(one)).toContainText('Harbour');
    await one.page.evaluate(() => {
      const { waterbus } = window as unknown as DebuggingHandle;
      waterbus.rooms = [];
      waterbus.call.on('room', (id) => waterbus.rooms.push(id));
    });
  }
  await seesMoving(ada, ben);
}

/** Both see each other in the room, which neither of them has left. */
async function stayTogether(ada: Person, ben: Person): Promise<void> {
  await seesMoving(ben, ada);
  await seesMoving(ada, ben);
  await expect(tileOf(ada, ben)).toHaveCount(1);
  await expect(tileOf(ben, ada)).toHaveCount(1);
  for (const one of [ada, ben]) {
    await expect(bar(one)).toContainText('Harbour');
    expect(await one.page.evaluate(() => (window as unknown as DebuggingHandle).waterbus.rooms)).toEqual([]);
  }
}

/** `name`: of a signalling server; these are the last ones, by number. */
async function crash(name: string, waterbus: Waterbus): Promise<void> {
  const pid = waterbus.servers().at(Number(name.replace('ws-', '')) - 4)!;
  for (const each of [pid, ...(await childrenOf(pid))]) process.kill(each, 'SIGKILL');
  await expect.poll(() => waterbus.servers()).not.toContain(pid);
}

/** The page's debugging view of its call, and the rooms that it has entered since. */
interface DebuggingHandle {
  waterbus: {
    rooms: (string | undefined)[];
    call: { on(event: 'room', listener: (breakoutId: string | undefined) => void): void };
  };
}
