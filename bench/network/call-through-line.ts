import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test as base } from '@waterbus/e2e/testing/test';
import { writeTone } from '@waterbus/e2e/testing/tone';
import { freePorts } from '@waterbus/stun/testing/free-ports';
import { writeCameraFile } from './camera-file.js';
import { watching } from './cases/one-sender.js';
import { type OpenCall, openCall } from './open-call.js';
import type { Seen } from './page/page.js';
import { pageScript } from './page-script.js';
import type { LinkReport, NamedLink } from './path/messages.js';
import { startPath } from './path/start-path.js';

/** Ben watches Ada, who has a camera and a microphone, through a line. */
export interface CallThroughLine {
  /** Ben's received pictures and sounds so far. */
  seen(): Promise<Seen>;
  /** The traffic on Ben's line so far. */
  down(): Promise<LinkReport>;
}

/**
 * `callThrough`: opens a call through a line of known rate and loss, with a server of its own whose
 * media use only that line.
 */
export const test = base.extend<
  { callThrough: (line: { down: NamedLink; up?: NamedLink }) => Promise<CallThroughLine> },
  { mediaFiles: { camera: string; tone: string } }
>({
  mediaFiles: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from the pattern.
    async ({}, use) => {
      const folder = await mkdtemp(path.join(tmpdir(), 'waterbus-network-'));
      const [camera, tone] = await Promise.all([writeCameraFile(folder), writeTone(folder)]);
      await use({ camera, tone });
      await rm(folder, { recursive: true, force: true });
    },
    { scope: 'worker' },
  ],
  callThrough: async ({ playwright, launchOptions, mediaFiles: { camera, tone }, startWaterbus }, use) => {
    const mediaPort = await freePorts(2);
    const waterbus = await startWaterbus({ MEDIA_WORKERS: '1', MEDIA_PORT: String(mediaPort), MEDIA_TCP: '0' });
    const files = [`--use-file-for-fake-video-capture=${camera}`, `--use-file-for-fake-audio-capture=${tone}`];
    const args = [...(launchOptions.args ?? []), ...files];
    const calls: OpenCall[] = [];
    await use(async (line) => {
      const call = await openCall(watching('test', 'a call through a line', line, []), {
        script: await pageScript(),
        seed: 1,
        videoCodec: 'auto',
        launch: () => playwright.chromium.launch({ ...launchOptions, args }),
        openPath: (network) => startPath({ network, mediaPort, httpPort: waterbus.httpPort }),
      });
      calls.push(call);
      return {
        seen: () => call.contexts.get('Ben')!.do('seen'),
        down: async () => (await call.path.report()).links['Ben down']!,
      };
    });
    for (const call of calls) await call.close();
    await waterbus.stop();
  },
});
