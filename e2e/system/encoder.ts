import type { Browser, Page } from '@playwright/test';
import { bundled } from './bundled.js';

/** A browser that publishes its synthetic camera and microphone by WHIP, with Eyevinn’s client. */
export interface Encoder {
  page: Page;
  /** Ends the session by DELETE. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export async function publishByWhip(browser: Browser, url: string, streamKey: string): Promise<Encoder> {
  // The page's policy permits no inline script.
  const context = await browser.newContext({ bypassCSP: true });
  const page = await context.newPage();
  await page.goto(url);
  await page.addScriptTag({ content: await bundled("export { WHIPClient } from '@eyevinn/whip-web-client';") });
  await page.evaluate(
    async ({ endpoint, authkey }) => {
      const { WHIPClient } = (window as unknown as { bundle: { WHIPClient: WhipClient } }).bundle;
      const client = new WHIPClient({ endpoint, opts: { authkey, iceServers: [] } });
      Object.assign(window, { encoder: client });
      await client.ingest(await navigator.mediaDevices.getUserMedia({ audio: true, video: true }));
    },
    { endpoint: `${url}/v1/whip`, authkey: streamKey },
  );
  return {
    page,
    stop: () => page.evaluate(() => (window as unknown as { encoder: InstanceType<WhipClient> }).encoder.destroy()),
    close: () => context.close(),
  };
}

type WhipClient = new (options: {
  endpoint: string;
  opts: { authkey: string; iceServers: RTCIceServer[] };
}) => { ingest(stream: MediaStream): Promise<void>; destroy(): Promise<void> };
