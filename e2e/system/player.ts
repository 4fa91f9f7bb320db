import { type Browser, expect } from '@playwright/test';
import { bundled } from './bundled.js';

/** A browser that watches a meeting by WHEP, with Eyevinn’s player. */
export interface Player {
  /** Pictures decoded so far, and the energy of the sound. */
  figures(): Promise<{ frames: number; energy: number }>;
  /** Resolves when so many more pictures have been decoded. */
  playsOn(frames: number): Promise<void>;
  close(): Promise<void>;
}

export async function watchByWhep(browser: Browser, url: string, streamKey: string): Promise<Player> {
  // The page's policy permits no inline script.
  const context = await browser.newContext({ bypassCSP: true });
  const page = await context.newPage();
  await page.goto(url);
  await page.addScriptTag({ content: await bundled("export { WebRTCPlayer } from '@eyevinn/webrtc-player';") });
  await page.evaluate(
    async ({ endpoint, authorization }) => {
      const { WebRTCPlayer } = (window as unknown as { bundle: { WebRTCPlayer: WebRtcPlayer } }).bundle;
      const video = document.body.appendChild(document.createElement('video'));
      video.autoplay = true;
      const player = new WebRTCPlayer({ video, type: 'whep', iceServers: [] });
      Object.assign(window, { player });
      await player.load(new URL(endpoint), authorization);
    },
    { endpoint: `${url}/v1/whep`, authorization: `Bearer ${streamKey}` },
  );
  const figures = () =>
    page.evaluate(async () => {
      const { player } = window as unknown as { player: { peer: RTCPeerConnection } };
      const reports = [...(await player.peer.getStats()).values()].filter(({ type }) => type === 'inbound-rtp');
      const sum = (name: string) => reports.reduce((total, report) => total + (report[name] ?? 0), 0);
      return { frames: sum('framesDecoded'), energy: sum('totalAudioEnergy') };
    });
  return {
    figures,
    playsOn: async (frames) => {
      const before = (await figures()).frames;
      await expect.poll(async () => (await figures()).frames).toBeGreaterThan(before + frames);
    },
    close: () => context.close(),
  };
}

type WebRtcPlayer = new (options: {
  video: HTMLVideoElement;
  type: string;
  iceServers: RTCIceServer[];
}) => { load(url: URL, authorization: string): Promise<void> };
