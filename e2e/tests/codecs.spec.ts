import { createMeeting, enter, meet, type Person, seesMoving } from '../system/call.js';
import { receivedPictures, sentStreams } from '../system/codec-stats.js';
import { enterWithFirefox, launchFirefox } from '../system/firefox.js';
import { lackCodecs } from '../system/lacking-codecs.js';
import { expect, test } from '../system/test.js';

const release = process.env.RELEASE === '1';
const LARGE = { width: 1280, height: 800 };
const SMALL = { width: 320, height: 480 };

/** VP8 has streams of several sizes, AV1 layers in one stream; a release plays the others too. */
for (const codec of release ? (['vp8', 'vp9', 'av1', 'h264'] as const) : (['vp8', 'av1'] as const)) {
  test(`a camera in ${codec} arrives in the size of the tile; no switch needs a key frame request of the receiver`, async ({
    waterbus,
    people,
  }) => {
    const [ada, ben] = [await people('Ada'), await people('Ben')];
    await meet(waterbus, [ada, ben]);
    await publishAnew(ada, codec);
    await expect.poll(() => codecsOf(ben)).toEqual([`video/${codec}`]);
    const height = async () => (await receivedPictures(ben)).at(-1)?.height ?? 0;
    for (let round = 0; round < 2; round++) {
      await ben.page.setViewportSize(LARGE);
      await expect.poll(height).toBeGreaterThan(300);
      await seesMoving(ben, ada);
      await ben.page.setViewportSize(SMALL);
      await expect.poll(height).toBeLessThan(300);
      await seesMoving(ben, ada);
    }
    expect((await receivedPictures(ben)).at(-1)).toMatchObject({ codec: `video/${codec}`, plis: 0 });
  });
}

for (const codec of release ? (['vp9', 'h264', 'av1'] as const) : (['h264'] as const)) {
  test(`a participant without ${codec} receives a second picture in VP8, for as long as it stays`, async ({
    waterbus,
    people,
  }) => {
    const [ada, ben, cleo] = [await people('Ada'), await people('Ben'), await people('Cleo')];
    const link = await meet(waterbus, [ada, ben]);
    await publishAnew(ada, codec);
    await expect.poll(() => codecsOf(ben)).toEqual([`video/${codec}`]);
    await lackCodecs(cleo, [codec.toUpperCase()]);
    await cleo.page.goto(link);
    await enter(cleo);
    await seesMoving(cleo, ada);
    await seesMoving(ben, ada);
    expect(await codecsOf(cleo)).not.toContain(`video/${codec}`);
    expect(await codecsOf(ben)).toContain(`video/${codec}`);
    expect(new Set((await sentStreams(ada)).map((stream) => stream.codec))).toEqual(
      new Set([`video/${codec}`, 'video/vp8']),
    );
    await cleo.page.getByRole('button', { name: 'Leave' }).click();
    await expect
      .poll(async () => new Set((await sentStreams(ada)).map((stream) => stream.codec)))
      .toEqual(new Set([`video/${codec}`]));
    await seesMoving(ben, ada);
  });
}

test('a Firefox receives vp9 unchanged, and VP8 in place of the h264 that it lacks', async ({ waterbus, people }) => {
  const ada = await people('Ada');
  const link = await createMeeting(ada, waterbus);
  await enter(ada);
  await publishAnew(ada, 'vp9');
  const firefox = await launchFirefox();
  try {
    const page = await firefox.newPage();
    await enterWithFirefox(page, link, 'Fox');
    // The common functions of puppeteer and Playwright suffice.
    const fox = { ...ada, name: 'Fox', page: page as unknown as Person['page'] };
    await seesMoving(ada, fox);
    const frames = async (codec: string) =>
      (await receivedPictures(fox)).find((picture) => picture.codec === codec)?.framesDecoded ?? 0;
    await expect.poll(() => frames('video/vp9')).toBeGreaterThan(20);
    await publishAnew(ada, 'h264');
    await expect.poll(() => frames('video/vp8')).toBeGreaterThan(20);
    expect(new Set((await sentStreams(ada)).map((stream) => stream.codec))).toEqual(
      new Set(['video/h264', 'video/vp8']),
    );
  } finally {
    await firefox.close();
  }
});

test('a meeting’s codec applies to new publications at once, and soon to earlier ones', async ({
  waterbus,
  people,
}) => {
  const [ada, ben] = [await people('Ada'), await people('Ben')];
  const link = await createMeeting(ada, waterbus);
  await enter(ada);
  await ada.page.evaluate(async () => {
    const { call } = (window as unknown as { waterbus: { call: Moderating } }).waterbus;
    await call.moderation.updateMeeting({ settings: { videoCodec: 'vp9' } });
  });
  await ben.page.goto(link);
  await enter(ben);
  await seesMoving(ada, ben);
  expect(await codecsOf(ada)).toEqual(['video/vp9']);
  await expect.poll(() => codecsOf(ben)).toEqual(['video/vp9']);
  await seesMoving(ben, ada);
});

for (const codec of ['vp9', 'av1'] as const) {
  test(`a screen in ${codec} keeps its size and its detail`, async ({ waterbus, people }) => {
    const [ada, ben] = [await people('Ada'), await people('Ben')];
    await meet(waterbus, [ada, ben]);
    const hint = await shareCanvas(ada, codec);
    expect(hint).toBe('detail');
    await expect
      .poll(async () => (await receivedPictures(ben)).find((picture) => picture.codec === `video/${codec}`)?.height)
      .toBe(720);
    const frames = async () =>
      (await receivedPictures(ben)).find((picture) => picture.codec === `video/${codec}`)?.framesDecoded ?? 0;
    const before = await frames();
    await expect.poll(frames).toBeGreaterThan(before + 10);
  });
}

/** The codecs of the received pictures. */
async function codecsOf(viewer: Person): Promise<string[]> {
  return (await receivedPictures(viewer)).map(({ codec }) => codec);
}

/** Shares a page of scrolling text; returns the content hint of its track. */
function shareCanvas({ page }: Person, videoCodec: string): Promise<string> {
  return page.evaluate(async (videoCodec) => {
    const { call } = (window as unknown as { waterbus: { call: Publishing } }).waterbus;
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: 1280, height: 720 });
    const context = canvas.getContext('2d')!;
    let line = 0;
    setInterval(() => {
      context.fillStyle = 'white';
      context.fillRect(0, 0, 1280, 720);
      context.fillStyle = 'black';
      context.font = '14px monospace';
      for (let y = 0; y < 45; y++)
        context.fillText(`${line + y} the quick brown fox jumps over it`.repeat(4), 10, 16 * y);
      line += 1;
    }, 100);
    const [track] = canvas.captureStream(30).getVideoTracks();
    await call.publish(track!, { source: 'screen', videoCodec });
    return track!.contentHint;
  }, videoCodec);
}

/** Replaces the camera publication with one in this codec. */
async function publishAnew({ page }: Person, videoCodec: string, size = { width: 640, height: 360 }): Promise<void> {
  await page.evaluate(
    async ({ videoCodec, video }) => {
      const { call } = (window as unknown as { waterbus: { call: Publishing } }).waterbus;
      const [track] = (await navigator.mediaDevices.getUserMedia({ video })).getVideoTracks();
      await call.local.publication('camera').unpublish();
      await call.publish(track!, { source: 'camera', videoCodec });
    },
    { videoCodec, video: size },
  );
}

interface Moderating {
  moderation: { updateMeeting(change: { settings: { videoCodec: string } }): Promise<unknown> };
}

interface Publishing {
  local: { publication(source: string): { unpublish(): Promise<void> } };
  publish(track: MediaStreamTrack, options: { source: string; videoCodec: string }): Promise<unknown>;
}
