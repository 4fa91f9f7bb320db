import { existsSync } from 'node:fs';

/** A name of this machine for which browsers allow no feature that requires a secure context. */
export const PLAIN_HTTP_HOST = 'meet.example';

/**
 * Debian's Chromium with a microphone and a synthetic camera of `fps` pictures a second. A machine
 * without display and network needs each flag.
 */
export function chromium({ fps = 30 } = {}): { executablePath: string; args: string[] } {
  return {
    executablePath: installed(
      'CHROMIUM_PATH',
      ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'],
      'chromium',
    ),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-fake-ui-for-media-stream',
      `--use-fake-device-for-media-stream=fps=${fps}`,
      '--autoplay-policy=no-user-gesture-required',
      '--disable-background-timer-throttling',
      '--disable-renderer-backgrounding',
      '--disable-backgrounding-occluded-windows',
      // An address that is neither https nor localhost, like a server in the same office.
      `--host-resolver-rules=MAP ${PLAIN_HTTP_HOST} 127.0.0.1`,
      // PreloadTopChromeWebUI keeps a page ready in each window, for parts of the browser that are
      // not used here; four of them cost a tenth of a core.
      '--disable-features=WebRtcHideLocalIpsWithMdns,PreloadTopChromeWebUI',
    ],
  };
}

export function firefoxPath(): string {
  return installed('FIREFOX_PATH', ['/usr/bin/firefox-esr', '/usr/bin/firefox'], 'firefox-esr');
}

function installed(variable: string, places: string[], debianPackage: string): string {
  const given = process.env[variable];
  const found = given ? [given].find(existsSync) : places.find(existsSync);
  if (!found)
    throw new Error(
      `No browser at ${given ?? places.join(', ')}. Run \`apt-get install ${debianPackage}\` or set ${variable}.`,
    );
  return found;
}
