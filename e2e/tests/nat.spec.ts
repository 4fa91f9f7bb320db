import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort, freePorts } from '@waterbus/stun/testing/free-ports';
import { createMeeting, enter, hears, type Person, person, seesMoving } from '../system/call.js';
import { NatNetwork } from '../system/nat-network.js';
import { MAIN, ready, runProcess } from '../system/processes.js';
import { startStunServers } from '../system/stun-servers.js';
import { expect, test } from '../system/test.js';

test('a server behind NAT finds its public address, and serves the Internet and its own network', async ({
  playwright,
  launchOptions,
}) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'waterbus-nat-'));
  const [httpPort, mediaPort] = [await freePort(), await freePorts(2)];
  const network = await NatNetwork.create({ tcp: httpPort, udp: [mediaPort, mediaPort + 1] });
  const { publicAddress, serverAddress } = network;
  const stun = await startStunServers(network.internetAddress, 2);
  const [program, args] = network.besideServer(process.execPath, [MAIN, 'start']);
  const server = runProcess(program, args, {
    ...process.env,
    HTTP_PORT: String(httpPort),
    MEDIA_PORT: String(mediaPort),
    MEDIA_WORKERS: '2',
    DATA_DIR: folder,
    ANNOUNCED_ADDRESSES: 'auto',
    STUN_SERVERS: stun.servers,
  });
  const origins = [publicAddress, serverAddress].map((address) => `http://${address}:${httpPort}`);
  const chromium = (options: object) =>
    playwright.chromium.launch({
      ...launchOptions,
      ...options,
      // Browsers allow the camera on pages of other machines only over https.
      args: [...(launchOptions.args ?? []), `--unsafely-treat-insecure-origin-as-secure=${origins.join()}`],
    });
  const browsers = [
    await chromium({}),
    await chromium({ executablePath: await network.onRouter(launchOptions.executablePath ?? '', folder) }),
  ];
  try {
    await ready(`${origins[0]}/readyz`, server);
    expect(server.output()).toContain(`"address":"${publicAddress}"`);
    const people: Person[] = [];
    for (const [index, name] of ['Ada', 'Ben'].entries()) {
      people.push(await person(browsers[index]!, name, { permissions: ['camera', 'microphone'] }));
    }
    const [ada, ben] = people as [Person, Person];
    const link = await createMeeting(ada, { url: origins[0]! });
    await enter(ada);
    await ben.page.goto(link.replace(origins[0]!, origins[1]!));
    await enter(ben);
    await Promise.all([seesMoving(ada, ben), seesMoving(ben, ada)]);
    await Promise.all([hears(ada, 1), hears(ben, 1)]);
    expect(await remoteAddresses(ada)).toEqual([publicAddress]);
    expect([serverAddress, publicAddress]).toEqual(expect.arrayContaining(await remoteAddresses(ben)));
    expect(people.flatMap(({ pageErrors }) => pageErrors)).toEqual([]);
  } finally {
    for (const browser of browsers) await browser.close();
    server.signal('SIGTERM');
    await server.ended;
    await stun.close();
    await network.close();
    await rm(folder, { recursive: true, force: true });
  }
});

/** The addresses of the server to which a person's media are sent, each once. */
async function remoteAddresses(who: Person): Promise<string[]> {
  const addresses = await who.page.evaluate(async () => {
    const { call } = (window as unknown as { waterbus: { call: { stats(): Promise<{ report: RTCStatsReport }[]> } } })
      .waterbus;
    const found: string[] = [];
    for (const { report } of await call.stats()) {
      for (const stats of report.values()) {
        if (stats.type !== 'transport' || !stats.selectedCandidatePairId) continue;
        const pair = report.get(stats.selectedCandidatePairId);
        found.push(report.get(pair.remoteCandidateId).address);
      }
    }
    return found;
  });
  return [...new Set(addresses)];
}
