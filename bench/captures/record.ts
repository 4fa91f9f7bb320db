// Records the packets of browsers for the tests of packages/media
// (packages/media/test/captures/README.md): `npm run captures -- [NAME...]`.
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { chromium } from '@playwright/test';
import type { DtlsParameters, RtpParameters } from '@waterbus/media';
import { chromium as launchOptions } from '@waterbus/e2e/testing/browsers';
import { launchFirefox } from '@waterbus/e2e/testing/firefox';
import type { Encoding } from '@waterbus/client/testing/encodings';
import { ReceiveKind, ReceiveWord, RECEIVE_WORDS } from '@waterbus/media/testing/packet-port';
import type { Directory, NumberedRouter } from '@waterbus/media/testing/directory';
import { Shell } from '@waterbus/media-host/testing/shell';
import { pageBundle } from '../page-bundle.js';

/** The publication of the page. */
export interface Publishing {
  source: 'camera' | 'screen';
  codec: 'vp8' | 'vp9' | 'h264' | 'av1';
  width: number;
  height: number;
  frameRate: number;
  /** Factor of the bitrates, so that captures stay small. */
  share: number;
  /** Encodings other than the SDK's. */
  encodings?: Encoding[];
}

export interface Transported {
  routerRtpCapabilities: unknown;
  transport: unknown;
}

const SIZE = { width: 960, height: 540, frameRate: 15, share: 0.2 };
const THREE = [4, 2, 1].map((scaleResolutionDownBy, i) => ({
  ...{ scaleResolutionDownBy, maxBitrate: [100_000, 300_000, 900_000][i]!, scalabilityMode: 'L1T3' },
}));

const CAPTURES: Record<string, Publishing & { browser: 'chromium' | 'firefox' }> = {
  'chromium-vp8-simulcast': { ...SIZE, browser: 'chromium', source: 'camera', codec: 'vp8' },
  'chromium-h264-simulcast': { ...SIZE, browser: 'chromium', source: 'camera', codec: 'h264' },
  'chromium-vp9-svc': { ...SIZE, share: 0.7, browser: 'chromium', source: 'camera', codec: 'vp9' },
  'chromium-vp9-simulcast': { ...SIZE, browser: 'chromium', source: 'camera', codec: 'vp9', encodings: THREE },
  'chromium-vp9-screen': { ...SIZE, browser: 'chromium', source: 'screen', codec: 'vp9' },
  'chromium-av1-svc': { ...SIZE, share: 0.7, browser: 'chromium', source: 'camera', codec: 'av1' },
  'chromium-av1-simulcast': { ...SIZE, browser: 'chromium', source: 'camera', codec: 'av1', encodings: THREE },
  'chromium-av1-screen': { ...SIZE, browser: 'chromium', source: 'screen', codec: 'av1' },
  'firefox-vp8-simulcast': { ...SIZE, browser: 'firefox', source: 'camera', codec: 'vp8' },
};

async function record(name: string): Promise<void> {
  const { browser, ...publishing } = CAPTURES[name]!;
  const shell = new Shell({
    port: 0,
    announcedAddresses: ownAddresses(),
    onEvent: () => {},
    onFault: ({ error }) => console.error(error),
  });
  const routerRtpCapabilities = shell.control((control) => control.openRouter('room'));
  const transport = shell.control((control) => control.openTransport('room', 'publisher'));
  let produced: RtpParameters | undefined;
  const calls: Record<string, (words: never) => void> = {
    '/connect': (words: DtlsParameters) => shell.control((control) => control.connectTransport('publisher', words)),
    '/produce': (rtpParameters: RtpParameters) => {
      produced = rtpParameters;
      const request = { transportId: 'publisher', producerId: 'picture', kind: 'video' as const, rtpParameters };
      shell.control((control) => control.produce(request));
    },
  };
  const server = await serve(calls);
  const page = await openPage(browser, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const lines = tap(shell, () => produced?.codecs[1]?.payloadType);
  try {
    await page.publish(publishing, { routerRtpCapabilities, transport });
    const { directory } = shell.engine as unknown as { directory: Directory<NumberedRouter> };
    for (let at = 0; at < LENGTH; at += KEY_FRAME_INTERVAL) {
      await pause(KEY_FRAME_INTERVAL);
      const { producer } = directory.producers.get('picture')!;
      // Takes one stream after the other, as receivers do.
      for (const [index, stream] of producer.streams.entries()) {
        if (!stream) continue;
        shell.control(() => producer.requestFirstKeyFrame(index));
        await pause(KEY_FRAME_INTERVAL / 6);
      }
    }
    const head = { browser: page.version, publishing, rtpParameters: produced };
    const file = fileURLToPath(new URL(`${name}.txt.gz`, FOLDER));
    const kept = lines.slice(0, MOST_LINES);
    writeFileSync(file, gzipSync([JSON.stringify(head), ...kept, ''].join('\n'), { level: 9 }));
    console.log(`${name}: ${kept.length} of ${lines.length} packets, ${page.version}`);
  } finally {
    await page.close();
    server.close();
    server.closeAllConnections();
    shell.close();
  }
}

/**
 * Writes a line for each decrypted packet, before the engine gets it: microseconds since the first
 * one, `rtp` or `rtcp`, its length, and its first bytes. These include the descriptors and
 * parameter sets in the first packet of a picture, and the descriptor in others. Behind `+` is the
 * last byte of a packet with padding, which holds the length of the padding.
 */
function tap(shell: Shell, retransmissions: () => number | undefined): string[] {
  const { engine, socket } = shell;
  const lines: string[] = [];
  const timestamps = new Map<number, number>();
  const receive = engine.receive.bind(engine);
  let from = 0;
  let probes = 0;
  engine.receive = (count, now) => {
    for (let i = 0; i < count; i++) {
      const word = (index: number) => socket.received[i * RECEIVE_WORDS + index]!;
      const kind = word(ReceiveWord.Kind);
      if (kind !== ReceiveKind.Rtp && kind !== ReceiveKind.Rtcp) continue;
      const offset = word(ReceiveWord.Offset);
      const bytes = Buffer.from(socket.arena.subarray(offset, offset + word(ReceiveWord.Length)));
      const at = now - word(ReceiveWord.Age) / 1000;
      if (lines.length === 0) from = at;
      const line = (kept: number) =>
        `${Math.round((at - from) * 1000)} ${kind === ReceiveKind.Rtp ? 'rtp' : 'rtcp'} ${bytes.length} ${bytes.subarray(0, kept).toString('hex')}`;
      if (kind === ReceiveKind.Rtcp) {
        lines.push(line(bytes.length));
        continue;
      }
      // Browsers probe with hundreds of unrequested retransmissions.
      if ((bytes[1]! & 0x7f) === retransmissions() && probes++ >= MOST_PROBES) continue;
      const timestamp = bytes.readUInt32BE(4);
      const ssrc = bytes.readUInt32BE(8);
      const isFirst = timestamps.get(ssrc) !== timestamp;
      timestamps.set(ssrc, timestamp);
      const header = 12 + (bytes[0]! & 0x10 ? 4 + 4 * bytes.readUInt16BE(14) : 0);
      const hasPadding = (bytes[0]! & 0x20) !== 0;
      lines.push(line(header + (isFirst ? FIRST_BYTES : OTHER_BYTES)) + (hasPadding ? `+${bytes.at(-1)}` : ''));
    }
    receive(count, now);
  };
  return lines;
}

interface RecordedPage {
  version: string;
  publish(publishing: Publishing, transported: Transported): Promise<void>;
  close(): Promise<void>;
}

async function openPage(kind: 'chromium' | 'firefox', address: string): Promise<RecordedPage> {
  const call = (words: [Publishing, Transported]) =>
    (window as unknown as { publish(...words: unknown[]): Promise<void> }).publish(...words);
  if (kind === 'firefox') {
    const browser = await launchFirefox();
    const page = await browser.newPage();
    await page.goto(address);
    const publish = (...words: [Publishing, Transported]) => page.evaluate(call, words);
    return { version: await browser.version(), publish, close: () => browser.close() };
  }
  const browser = await chromium.launch(launchOptions());
  const page = await browser.newPage();
  await page.goto(address);
  const publish = (...words: [Publishing, Transported]) => page.evaluate(call, words);
  return { version: `chromium/${browser.version()}`, publish, close: () => browser.close() };
}

/** Serves the page, and the calls that it makes. */
async function serve(calls: Record<string, (words: never) => void>): Promise<Server> {
  const script = await pageBundle(new URL('./page.ts', import.meta.url));
  const server = createServer((request, response) => {
    const call = calls[request.url ?? ''];
    if (!call) {
      response.setHeader('content-type', 'text/html');
      response.end(`<!doctype html><body><script>${script.replaceAll('</script', '<\\/script')}</script>`);
      return;
    }
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      try {
        call(JSON.parse(body) as never);
      } catch (error) {
        response.statusCode = 500;
        response.write(String(error));
      }
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Addresses of this machine, because Firefox sends nothing to the loopback address. */
function ownAddresses(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.filter(({ family }) => family === 'IPv4').map(({ address }) => address);
}

const FOLDER = new URL('../../packages/media/test/captures/', import.meta.url);
/** Milliseconds. */
const LENGTH = 10_500;
const KEY_FRAME_INTERVAL = 1500;
const MOST_LINES = 800;
const MOST_PROBES = 40;
/**
 * Bytes of payload: the first ones hold VP9's scalability structure and H264's parameter sets, the
 * others the descriptors.
 */
const FIRST_BYTES = 48;
const OTHER_BYTES = 12;

const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : Object.keys(CAPTURES)) {
  await record(name).catch((error) => console.error(`${name}: ${error instanceof Error ? error.stack : error}`));
}
