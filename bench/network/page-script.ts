import { pageBundle } from '../page-bundle.js';

/** The code of the measured page. */
export function pageScript(): Promise<string> {
  return pageBundle(new URL('./page/entry.ts', import.meta.url));
}

/** Redirects the web app's media to this address and records its texts about lost media. */
export function outageScript(mediaAddress: string, mediaPort: number): Promise<string> {
  const define = { MEDIA_ADDRESS: JSON.stringify(mediaAddress), MEDIA_PORT: String(mediaPort) };
  return pageBundle(new URL('./outage/page.ts', import.meta.url), define);
}
