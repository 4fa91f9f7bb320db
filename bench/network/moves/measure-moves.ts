import { setTimeout as pause } from 'node:timers/promises';
import { type Browser, chromium as playwright } from '@playwright/test';
import { chromium } from '@waterbus/e2e/testing/browsers';
import { OtherNetwork } from '@waterbus/e2e/testing/other-network';
import { percentile } from '@waterbus/e2e/testing/percentiles';
import { writeTone } from '@waterbus/e2e/testing/tone';
import { startWaterbus } from '@waterbus/e2e/testing/waterbus';
import { freePorts } from '@waterbus/stun/testing/free-ports';
import { Participant } from '../participant.js';
import { startPath, type Way } from '../path/start-path.js';

/** The kinds of changes, as cases of the benchmark. */
export const MOVES: Record<string, { what: string; cameras: boolean; open: (around: Surroundings) => Promise<Move> }> =
  {
    'moves-port': { what: 'the NAT assigns other ports', cameras: true, open: otherPort },
    'moves-port-sound': { what: 'the NAT assigns other ports, no cameras', cameras: false, open: otherPort },
    'moves-address': { what: 'another network address', cameras: true, open: otherAddress },
  };

export interface MeasureOptions {
  /** Keys of `MOVES`. */
  cases: string[];
  moves: number;
  script: string;
  /** For the tone and the program that starts a browser in a namespace. */
  folder: string;
}

/** Milliseconds from the change until sound is heard again without interruption. */
export interface MoveResult {
  move: string;
  moves: number;
  /** The one that moves hears the other, and the other way round. */
  hears: Times;
  heard: Times;
}

interface Times {
  p50: number;
  p95: number;
  all: number[];
}

/** Ben's way to the server, and the change of it. */
interface Move {
  way: Way;
  browser: Browser;
  /** Returns the time of the change. */
  change(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Ada and Ben hear each other; then Ben's network changes in the middle of the call, several times.
 * The second case requires root and `ip`.
 */
export async function* measureMoves(options: MeasureOptions): AsyncGenerator<MoveResult> {
  const tone = await writeTone(options.folder);
  const args = [...chromium({ fps: 15 }).args, `--use-file-for-fake-audio-capture=${tone}`];
  for (const name of options.cases) {
    const { what, cameras, open } = MOVES[name]!;
    yield { move: what, moves: options.moves, ...(await measureMove(open, cameras, args, options)) };
  }
}

async function measureMove(
  open: (around: Surroundings) => Promise<Move>,
  cameras: boolean,
  args: string[],
  { moves, script, folder }: MeasureOptions,
): Promise<Pick<MoveResult, 'hears' | 'heard'>> {
  // First, because a browser that starts while an interface appears fails its requests.
  const network = await OtherNetwork.create();
  const mediaPort = await freePorts(2);
  const settings = { MEDIA_WORKERS: '1', MEDIA_PORT: String(mediaPort), MEDIA_TCP: '0', TURN_URLS: 'off' };
  const server = await startWaterbus('one-process', settings);
  const { executablePath } = chromium();
  const here = await playwright.launch({ executablePath, args });
  try {
    const move = await open({ mediaPort, httpPort: server.httpPort, here, args, network, folder });
    try {
      const ada = await Participant.open(here, { name: 'Ada', way: { origin: server.url }, script });
      const ben = await Participant.open(move.browser, { name: 'Ben', way: move.way, script });
      for (const one of [ada, ben]) await one.do('watchSounds');
      const devices = { sound: true, ...(cameras && { camera: { width: 640, height: 360, frameRate: 15 } }) };
      const { code, hostToken } = await ada.do('createMeeting', 'auto');
      await ada.enter({ code, hostToken, ...devices });
      await ben.enter({ code, ...devices });
      return await times([ada, ben], move, moves);
    } finally {
      await move.close();
    }
  } finally {
    await here.close();
    await server.stop();
    await network.close();
  }
}

async function times(
  [ada, ben]: [Participant, Participant],
  move: Move,
  moves: number,
): Promise<Pick<MoveResult, 'hears' | 'heard'>> {
  const hears: number[] = [];
  const heard: number[] = [];
  await pause(SETTLING);
  for (let index = 0; index < moves; index += 1) {
    // Browsers check a path at intervals: the change must fall anywhere in between.
    await pause(Math.random() * CHECKS);
    const at = await move.change();
    await pause(LOOKING);
    for (const [one, list] of [
      [ben, hears],
      [ada, heard],
    ] as const) {
      const last = (await one.do('silencesSince', at)).at(-1);
      list.push(last ? Math.round(last.to - at) : 0);
    }
  }
  return { hears: summary(hears), heard: summary(heard) };
}

interface Surroundings {
  mediaPort: number;
  httpPort: number;
  here: Browser;
  args: string[];
  network: OtherNetwork;
  folder: string;
}

/** The NAT assigns other ports to the datagrams; TCP is not affected. */
async function otherPort({ mediaPort, httpPort, here }: Surroundings): Promise<Move> {
  const delay = ROUND_TRIP / 2;
  const network = {
    seed: 1,
    links: { up: { delay }, down: { delay } },
    people: { Ben: { up: ['up'], down: ['down'] } },
  };
  const path = await startPath({ network, mediaPort, httpPort });
  return { way: path.ways.Ben!, browser: here, change: () => path.rebind('Ben'), close: path.close };
}

/** The browser's machine gets another address; nothing sent to or from the old one arrives. */
async function otherAddress({ httpPort, args, network, folder }: Surroundings): Promise<Move> {
  const { executablePath } = chromium();
  const origin = `http://${network.host}:${httpPort}`;
  const browser = await playwright.launch({
    executablePath: await network.wrap(executablePath, folder),
    args: [...args, `--unsafely-treat-insecure-origin-as-secure=${origin}`],
  });
  return {
    way: { origin },
    browser,
    change: async () => {
      const at = performance.timeOrigin + performance.now();
      await network.changeAddress();
      return at;
    },
    close: () => browser.close(),
  };
}

function summary(all: number[]): Times {
  const sorted = all.toSorted((a, b) => a - b);
  return { p50: percentile(sorted, 50), p95: percentile(sorted, 95), all };
}

/** Milliseconds between Ben and the server, where the network is in user space. */
const ROUND_TRIP = 40;

/** Milliseconds: the rate of the cameras rises, and the browser's checks become rare. */
const SETTLING = 8_000;

/** Milliseconds between two checks of Chromium's path. */
const CHECKS = 2_500;

/** Milliseconds. */
const LOOKING = 9_000;
