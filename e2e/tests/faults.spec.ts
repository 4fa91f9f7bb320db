import { createMeeting, enter, hears, meet, type Person, seesMoving, tileOf } from '../system/call.js';
import { cuttableProxy } from '../system/cuttable-proxy.js';
import { expect, test } from '../system/test.js';
import { judge } from '../system/times.js';

const crashes = [
  { what: 'the media worker that holds the call @faults', all: false },
  { what: 'every media worker at once, the one that stands by too', all: true },
];
for (const { what, all } of crashes) {
  test(`R11: users of a crashed node are back, and no view shows a leave: ${what}`, async ({ waterbus, people }) => {
    const [ada, ben] = [await people('Ada'), await people('Ben')];
    await meet(waterbus, [ada, ben]);
    await seesMoving(ada, ben);
    await seesMoving(ben, ada);
    await ada.page.evaluate(() => {
      const left: string[] = [];
      const { call } = (window as unknown as DebuggingHandle).waterbus;
      call.on('participant.left', (who) => left.push(who.name));
      (window as unknown as { left: string[] }).left = left;
    });
    const crashing = all ? await waterbus.mediaWorkers() : [await waterbus.mediaWorker(await mediaNodeOf(ada))];
    for (const pid of crashing) process.kill(pid, 'SIGKILL');
    const crashed = Date.now();
    await Promise.all([movesAgain(ada, ben, crashed), movesAgain(ben, ada, crashed)]);
    await hears(ada, 1);
    await hears(ben, 1);
    await expect(tileOf(ada, ben)).toHaveCount(1);
    expect(await ada.page.evaluate(() => (window as unknown as { left: string[] }).left)).toEqual([]);
  });
}

test('a cut socket returns by itself while media continue @faults', async ({ waterbus, people }) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  const proxy = await cuttableProxy(waterbus.httpPort);
  try {
    const link = await createMeeting(ada, waterbus);
    await enter(ada);
    await ben.page.goto(`http://localhost:${proxy.port}${new URL(link).pathname}`);
    await enter(ben);
    await seesMoving(ben, ada);
    proxy.refuse();
    await expect(tileOf(ada, ben)).toContainText(/reconnecting/i);
    await seesMoving(ben, ada);
    await seesMoving(ada, ben);
    proxy.accept();
    await expect(tileOf(ada, ben)).not.toContainText(/reconnecting/i);
    await ada.page.getByRole('button', { name: 'Mute microphone' }).click();
    await expect(tileOf(ben, ada).getByLabel(/muted/i)).toBeVisible();
  } finally {
    // Leaves the page before its path to the server ends for good, so that it does not try another.
    await ben.page.goto('about:blank');
    await proxy.close();
  }
  // Chromium itself logs refused connections on the console.
  const pageErrors = ben.pageErrors.splice(0);
  expect(pageErrors.filter((line) => !/WebSocket|ERR_CONNECTION/.test(line))).toEqual([]);
});

test('a closed browser disappears for the others after the grace time', async ({ waterbus, people }) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  await meet(waterbus, [ada, ben]);
  await seesMoving(ada, ben);
  await ben.context.close();
  await expect(tileOf(ada, ben)).toHaveCount(0);
});

test('SIGTERM during a call ends everything cleanly', { tag: '@redirected' }, async ({ people, startWaterbus }) => {
  const waterbus = await startWaterbus();
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  await meet(waterbus, [ada, ben]);
  await seesMoving(ada, ben);
  const workers = await waterbus.mediaWorkers();
  const requested = Date.now();
  await waterbus.stop();
  judge('the process is gone after SIGTERM', Date.now() - requested, 5000);
  for (const pid of workers) expect(() => process.kill(pid, 0), `media worker ${pid} has ended`).toThrow('ESRCH');
  for (const who of [ada, ben]) {
    await expect(who.page.getByText(/connection lost|reconnecting|ended|over/i).first()).toBeVisible();
    await who.page.goto('about:blank');
    const pageErrors = who.pageErrors.splice(0);
    expect(pageErrors.filter((line) => !/WebSocket|ERR_CONNECTION/.test(line))).toEqual([]);
  }
});

/** The media node of a person's publications. */
function mediaNodeOf({ page }: Person): Promise<string> {
  return page.evaluate(async () => {
    const reports = await (window as unknown as DebuggingHandle).waterbus.call.stats();
    return reports.find(({ direction }) => direction === 'send')!.mediaNodeId;
  });
}

/** The page's debugging view of its call. */
interface DebuggingHandle {
  waterbus: {
    call: {
      on(event: 'participant.left', listener: (who: { name: string }) => void): void;
      stats(): Promise<{ direction: string; mediaNodeId: string }[]>;
    };
  };
}

/** New pictures after the crash: counts frames from the moment at which the video moves again. */
async function movesAgain(
  viewer: Parameters<typeof seesMoving>[0],
  shown: Parameters<typeof seesMoving>[1],
  since: number,
): Promise<void> {
  await seesMoving(viewer, shown, 5);
  judge(`${viewer.name} sees ${shown.name} again after the crash`, Date.now() - since, 3000);
}
