import { chromium as playwright } from '@playwright/test';
import { chromium } from '@waterbus/e2e/testing/browsers';
import { OtherNetwork } from '@waterbus/e2e/testing/other-network';
import { SECURE_HOST, type SecureWaterbus, startSecureWaterbus } from '@waterbus/e2e/testing/secure-waterbus';
import { startWaterbus, type Waterbus } from '@waterbus/e2e/testing/waterbus';
import { type JoinTimes, NEWCOMER, timesOfJoins } from './join.js';
import { Participant } from './participant.js';

/** A network of the newcomer, and the path that media take from it. */
interface BlockedWay {
  name: string;
  /** The firewall's rules beyond which everything is dropped; undefined: no firewall. */
  passes?: (page: { port: number }) => string[];
  settings?: Record<string, string>;
  /** The page is on https. */
  secure: boolean;
  path: string;
}

const WAYS: BlockedWay[] = [
  { name: 'everything open', secure: false, path: 'direct' },
  {
    name: 'UDP blocked',
    passes: () => ['meta l4proto tcp accept'],
    // A browser may also choose the relay at first.
    settings: { TURN_URLS: 'off' },
    secure: false,
    path: 'tcp',
  },
  {
    name: 'only the page’s port, http',
    passes: ({ port }) => [`tcp dport ${port} accept`],
    secure: false,
    path: 'relay tcp',
  },
  {
    name: 'only the page’s port, https',
    passes: ({ port }) => [`tcp dport ${port} accept`],
    secure: true,
    path: 'relay tls',
  },
];

export interface MeasureOptions {
  joins: number;
  script: string;
  /** For the program that starts a browser in a namespace. */
  folder: string;
}

export interface WayResult extends JoinTimes {
  way: string;
  path: string;
}

/**
 * Joins from networks that drop what they do not permit: the newcomer's browser is in a network
 * namespace of its own. Requires root, `ip` and `nft`. Rejects when media take another path than
 * expected.
 */
export async function* measureWays(options: MeasureOptions): AsyncGenerator<WayResult> {
  for (const way of WAYS) yield { way: way.name, path: way.path, ...(await measureWay(way, options)) };
}

async function measureWay(way: BlockedWay, options: MeasureOptions): Promise<JoinTimes> {
  // First, because a browser that starts while an interface appears fails its requests.
  const network = await OtherNetwork.create();
  try {
    const server = way.secure
      ? await startSecureWaterbus()
      : await startWaterbus('one-process', { MEDIA_WORKERS: '1', ...way.settings });
    try {
      return await joinsFrom(network, server, way, options);
    } finally {
      await server.stop();
    }
  } finally {
    await network.close();
  }
}

async function joinsFrom(
  network: OtherNetwork,
  server: Waterbus | SecureWaterbus,
  way: BlockedWay,
  { joins, script, folder }: MeasureOptions,
): Promise<JoinTimes> {
  const port = Number(new URL(server.url).port);
  if (way.passes) await network.passOnly(...way.passes({ port }));
  const origin = way.secure ? server.url : `http://${network.host}:${port}`;
  const { executablePath, args } = chromium({ fps: 15 });
  const browserArgs = [
    ...args.filter((arg) => !arg.startsWith('--host-resolver-rules')),
    `--host-resolver-rules=MAP ${SECURE_HOST} ${network.host}`,
    // Browsers allow the camera on pages of other machines only over https.
    `--unsafely-treat-insecure-origin-as-secure=${origin}`,
    ...('keyHash' in server ? [`--ignore-certificate-errors-spki-list=${server.keyHash}`] : []),
  ];
  const here = await playwright.launch({ executablePath, args: browserArgs });
  const inside = await network.wrap(executablePath, folder);
  const there = await playwright.launch({ executablePath: inside, args: browserArgs });
  try {
    return await timesOfJoins(
      (name) => Participant.open(name === NEWCOMER ? there : here, { name, way: { origin }, script }),
      joins,
      (newcomer) => expectPath(newcomer, way.path),
    );
  } finally {
    await there.close();
    await here.close();
  }
}

async function expectPath(newcomer: Participant, expected: string): Promise<void> {
  const path = await newcomer.do('path', NEWCOMER);
  const found = [path?.kind, path?.relayProtocol].filter(Boolean).join(' ');
  if (found !== expected) throw new Error(`media take the path ${found || 'none'} instead of ${expected}`);
}
