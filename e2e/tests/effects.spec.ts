import type { Page } from '@playwright/test';
import { createMeeting, enter, seesMoving, tileOf } from '../system/call.js';
import { type Colour, coloursOf, distance, paintDevices } from '../system/painted-devices.js';
import { expect, test } from '../system/test.js';

test('a background is loaded when it is chosen, hides the room, keeps the person, and is remembered', async ({
  waterbus,
  people,
}) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  await paintDevices(ada.page);
  const link = await createMeeting(ada, waterbus);
  await expect.poll(() => contrast(ada.page, PREVIEW)).toBeGreaterThan(60);
  await ada.page.getByRole('button', { name: 'Background and sound' }).click();
  await expect(ada.page.getByRole('radio', { name: 'None' })).toBeChecked();
  expect(await loaded(ada.page)).toEqual([]);

  await ada.page.getByRole('radio', { name: 'Blur', exact: true }).check();
  await expect.poll(() => contrast(ada.page, PREVIEW)).toBeLessThan(25);
  await expect.poll(() => personIsThere(ada.page, PREVIEW)).toBe(true);
  expect(await loaded(ada.page)).toContain('effects');
  await ada.page.getByRole('button', { name: 'Close' }).click();

  await enter(ada);
  await ben.page.goto(link);
  await enter(ben);
  await seesMoving(ben, ada);
  const seen = `[data-participant-id][aria-label=Ada] video`;
  await expect.poll(() => contrast(ben.page, seen)).toBeLessThan(25);
  await expect.poll(() => personIsThere(ben.page, seen)).toBe(true);
  await expect.poll(() => sizeSent(ada.page)).toBe('640x360');

  // Off and on again, and after a reload: the room is never seen.
  const off = ada.page.getByRole('button', { name: 'Stop camera' });
  await off.click();
  await ada.page.getByRole('button', { name: 'Start camera' }).click();
  await seesMoving(ben, ada);
  expect(await contrast(ben.page, seen)).toBeLessThan(25);
  await ada.page.reload();
  await expect(off).toBeVisible();
  await seesMoving(ben, ada);
  expect(await contrast(ben.page, seen)).toBeLessThan(25);

  await ada.page.getByRole('button', { name: 'Settings' }).click();
  await ada.page.getByRole('radio', { name: 'Meadow' }).check();
  await expect.poll(async () => bluish(await coloursOf(ben.page, seen, [[0.1, 0.1]]))).toBe(true);
  await ada.page.getByRole('radio', { name: 'None' }).check();
  await expect.poll(() => contrast(ben.page, seen)).toBeGreaterThan(50);
  await expect(tileOf(ben, ada).locator('video')).toHaveCount(1);
});

test('browsers without streams of frames use a canvas, and a picture of the user stays in the browser', async ({
  waterbus,
  people,
}) => {
  const ada = await people('Ada');
  await ada.page.addInitScript(() => {
    Reflect.deleteProperty(window, 'MediaStreamTrackProcessor');
    Reflect.deleteProperty(window, 'MediaStreamTrackGenerator');
  });
  await paintDevices(ada.page, { width: 1280, height: 720 });
  await createMeeting(ada, waterbus);
  const uploads: string[] = [];
  ada.page.on('request', (request) => {
    if (request.method() !== 'GET') uploads.push(request.url());
  });
  await ada.page.getByRole('button', { name: 'Background and sound' }).click();
  const chooser = ada.page.getByLabel('Add a picture');
  await chooser.setInputFiles({ name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
  await expect(ada.page.getByText('This file is not a picture that your browser can show.')).toBeVisible();
  await chooser.setInputFiles({ name: 'red.png', mimeType: 'image/png', buffer: await redPicture(ada.page) });
  await expect(ada.page.getByRole('radio', { name: 'Your picture' })).toBeChecked();
  await expect.poll(async () => reddish(await coloursOf(ada.page, PREVIEW, [[0.1, 0.1]]))).toBe(true);
  await expect.poll(() => personIsThere(ada.page, PREVIEW)).toBe(true);
  expect(uploads).toEqual([]);

  await ada.page.reload();
  await expect.poll(async () => reddish(await coloursOf(ada.page, PREVIEW, [[0.1, 0.1]]))).toBe(true);
  await ada.page.getByRole('button', { name: 'Background and sound' }).click();
  await ada.page.getByRole('button', { name: 'Remove' }).click();
  await expect(ada.page.getByRole('radio', { name: 'Blur', exact: true })).toBeChecked();
  await expect.poll(() => contrast(ada.page, PREVIEW)).toBeLessThan(25);
});

test('strong noise reduction takes the place of the browser’s, and the sound check plays', async ({
  waterbus,
  people,
}) => {
  const ada = await people('Ada');
  await paintDevices(ada.page);
  await createMeeting(ada, waterbus);
  await enter(ada);
  const loud = await levelSent(ada.page);
  await ada.page.getByRole('button', { name: 'Settings' }).click();
  await ada.page.getByRole('switch', { name: 'Strong noise reduction' }).check();
  // Ten decibels: a third of the amplitude.
  await expect.poll(() => levelSent(ada.page)).toBeLessThan(loud / 3);
  const requests = await ada.page.evaluate(
    () => (window as unknown as { requested: MediaStreamConstraints[] }).requested,
  );
  expect(requests.at(-1)).toMatchObject({ audio: { noiseSuppression: false, echoCancellation: true } });
  // The page itself may still compile nothing.
  const compiled = ada.page.evaluate(() => WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])));
  await expect(compiled).rejects.toThrow(/Content Security Policy/);
  ada.pageErrors.splice(0);

  await ada.page.getByRole('button', { name: 'Test speaker' }).click();
  await expect(ada.page.getByText('You should hear a sound.')).toBeVisible();
  await expect(ada.page.getByText('Records five seconds and plays them to you.')).toBeVisible();
  await ada.page.getByRole('button', { name: 'Record and play' }).click();
  await expect(ada.page.getByText('Speak now. Recording for five seconds…')).toBeVisible();
  await expect(ada.page.getByText('You should hear your own voice.')).toBeVisible();
  await expect(ada.page.getByText('Records five seconds and plays them to you.')).toBeVisible();

  await ada.page.getByRole('switch', { name: 'Strong noise reduction' }).uncheck();
  await expect.poll(() => levelSent(ada.page)).toBeGreaterThan(loud / 2);
});

const PREVIEW = '.preview video';

/** Files of effects that the page has loaded, by their names without hashes. */
function loaded(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .map(
        ({ name }) => /\/assets\/(effects|background-worker|noise|tflite|selfie|rnnoise)[\w-]*\.\w+$/.exec(name)?.[1],
      )
      .filter((name) => name !== undefined),
  );
}

/** Between two neighbouring squares of the room. */
async function contrast(page: Page, video: string): Promise<number> {
  const found = await coloursOf(page, video, [
    [1.5 / 16, 1.5 / 9],
    [2.5 / 16, 1.5 / 9],
  ]);
  return found ? distance(found[0]!, found[1]!) : Number.NaN;
}

/** The colours of hair, cheek and pullover, as `paintDevices` draws them. */
async function personIsThere(page: Page, video: string): Promise<boolean> {
  const found = await coloursOf(page, video, [
    [0.5, 0.25],
    [0.545, 0.48],
    [0.5, 0.95],
  ]);
  if (!found) return false;
  const [hair, cheek, pullover] = found as [Colour, Colour, Colour];
  return (
    distance(hair, [60, 40, 30]) < 40 && distance(cheek, [220, 170, 140]) < 40 && distance(pullover, [40, 60, 110]) < 40
  );
}

type Colours = Awaited<ReturnType<typeof coloursOf>>;

function bluish(colours: Colours): boolean {
  return colours !== undefined && colours[0]![2] > colours[0]![0] + 30;
}

function reddish(colours: Colours): boolean {
  return colours !== undefined && colours[0]![0] > 180 && colours[0]![1] < 60;
}

async function redPicture(page: Page): Promise<Buffer> {
  const base64 = await page.evaluate(() => {
    const canvas = document.createElement('canvas');
    const paint = canvas.getContext('2d')!;
    paint.fillStyle = '#e01010';
    paint.fillRect(0, 0, canvas.width, canvas.height);
    return canvas.toDataURL().split(',')[1]!;
  });
  return Buffer.from(base64, 'base64');
}

/** Of the camera as the browser encodes it. */
async function sizeSent(page: Page): Promise<string | undefined> {
  const [source] = await sources(page, 'video');
  return source && `${source.width}x${source.height}`;
}

/** Amplitude of the published microphone over the next second (full scale is 1). */
async function levelSent(page: Page): Promise<number> {
  const [before] = await sources(page, 'audio');
  let now = before;
  await expect
    .poll(async () => {
      [now] = await sources(page, 'audio');
      return (now?.totalSamplesDuration ?? 0) - (before?.totalSamplesDuration ?? 0);
    })
    .toBeGreaterThan(1);
  const energy = now!.totalAudioEnergy - before!.totalAudioEnergy;
  return Math.sqrt(energy / (now!.totalSamplesDuration - before!.totalSamplesDuration));
}

interface MediaSource {
  width: number;
  height: number;
  totalAudioEnergy: number;
  totalSamplesDuration: number;
}

function sources(page: Page, kind: 'audio' | 'video'): Promise<MediaSource[]> {
  return page.evaluate(async (wanted) => {
    const found: MediaSource[] = [];
    for (const { report } of (await window.waterbus?.call.stats()) ?? [])
      for (const entry of report.values())
        if (entry.type === 'media-source' && entry.kind === wanted) found.push(entry);
    return found;
  }, kind);
}
