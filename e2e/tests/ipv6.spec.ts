import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort, freePorts } from '@waterbus/stun/testing/free-ports';
import { createMeeting, enter, expectNoPageErrors, hears, type Person, person, seesMoving } from '../system/call.js';
import { Ipv6Network } from '../system/ipv6-network.js';
import { MAIN, runProcess } from '../system/processes.js';
import { expect, test } from '../system/test.js';

// For a release: it takes half a minute.
if (process.env.RELEASE === '1')
  test('a server and browsers that have IPv6 alone meet directly, and by the relay where UDP is blocked', async ({
    playwright,
    launchOptions,
  }) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'waterbus-ipv6-'));
    const [httpPort, mediaPort] = [await freePort(), await freePorts(1)];
    const network = await Ipv6Network.create();
    const [program, args] = network.onServer(process.execPath, [MAIN, 'start']);
    const server = runProcess(program, args, {
      ...process.env,
      HTTP_PORT: String(httpPort),
      MEDIA_PORT: String(mediaPort),
      MEDIA_WORKERS: '1',
      MEDIA_TCP: '0',
      DATA_DIR: folder,
    });
    const origin = `http://[${network.serverAddress}]:${httpPort}`;
    const browser = await playwright.chromium.launch({
      ...launchOptions,
      executablePath: await network.onClients(launchOptions.executablePath ?? '', folder),
      args: [...(launchOptions.args ?? []), `--unsafely-treat-insecure-origin-as-secure=${origin}`],
    });
    try {
      await expect.poll(server.output).toContain(`:${httpPort}`);
      const permissions = ['camera', 'microphone'];
      const [ada, ben] = [await person(browser, 'Ada', { permissions }), await person(browser, 'Ben', { permissions })];
      const link = await createMeeting(ada, { url: origin });
      await enter(ada);
      await ben.page.goto(link);
      await enter(ben);
      await meet(ada, ben);
      for (const who of [ada, ben]) await expect.poll(() => remotes(who)).toEqual(directly(network, mediaPort));
      await network.blockUdp();
      for (const who of [ada, ben]) await expect.poll(() => kinds(who)).toEqual(['relay', 'relay']);
      await meet(ada, ben);
      expectNoPageErrors([ada, ben]);
    } finally {
      await browser.close();
      server.signal('SIGTERM');
      await server.ended;
      await network.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

async function meet(ada: Person, ben: Person): Promise<void> {
  await Promise.all([seesMoving(ada, ben), seesMoving(ben, ada)]);
  await Promise.all([hears(ada, 1), hears(ben, 1)]);
}

function directly({ serverAddress }: Ipv6Network, mediaPort: number): string[] {
  return Array(2).fill(`${serverAddress} ${mediaPort}`);
}

/** Where the media of each peer connection go. */
async function remotes(who: Person): Promise<string[]> {
  return (await pairs(who)).map(({ remote: { address, port } }) => `${address} ${port}`);
}

async function kinds(who: Person): Promise<string[]> {
  return (await pairs(who)).map(({ local }) => local.candidateType);
}

interface Candidate {
  address: string;
  port: number;
  candidateType: string;
}

/** The candidate pair in use of each peer connection. */
function pairs(who: Person): Promise<{ local: Candidate; remote: Candidate }[]> {
  return who.page.evaluate(async () => {
    const { call } = (window as unknown as { waterbus: { call: { stats(): Promise<{ report: RTCStatsReport }[]> } } })
      .waterbus;
    const found = [];
    for (const { report } of await call.stats()) {
      for (const stats of report.values()) {
        if (stats.type !== 'transport' || !stats.selectedCandidatePairId) continue;
        const pair = report.get(stats.selectedCandidatePairId);
        found.push({ local: report.get(pair.localCandidateId), remote: report.get(pair.remoteCandidateId) });
      }
    }
    return found;
  });
}
