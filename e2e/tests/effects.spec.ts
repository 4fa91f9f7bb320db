import type { Page } from '@playwright/test';
import { createMeeting, enter } from '../system/call.js';
import { paintDevices } from '../system/painted-devices.js';
import { expect, test } from '../system/test.js';

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
  await expect(ada.page.getByRole('switch', { name: 'Strong noise reduction' })).toBeVisible();
  expect(await loaded(ada.page)).toEqual([]);
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
