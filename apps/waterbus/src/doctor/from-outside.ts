import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { OutsideResult, OutsideTest } from '@waterbus/protocol';
import { isPrivateAddress } from '@waterbus/server-api';
import { renderUnicodeCompact } from 'uqr';
import { explain } from '../failure.js';
import { greeting } from '../greeting.js';
import type { Settings } from '../settings.js';
import { start } from '../start.js';
import { mediaRanges } from '../upgrade/slots.js';
import { textOf } from '../whole-file.js';
import { findWaterbus } from './find-waterbus.js';
import { type Finding, fail, reasonOf } from './finding.js';
import { outsideFindings } from './outside-findings.js';
import { RunningServer } from './running-server.js';

/** Prints a line for the person at the terminal. */
type Print = (line: string) => void;

/** `result`: what a phone has reported, if one has. */
export interface OutsideExamination {
  findings: Finding[];
  result?: OutsideResult;
}

/**
 * Tests the server's ports from outside: prints a link and its QR code, waits for the phone that
 * opens it, and returns its verdicts. Starts a Waterbus for the test if none runs here.
 */
export async function examineFromOutside(
  settings: Settings,
  environment: Record<string, string | undefined>,
  print: Print,
): Promise<OutsideExamination> {
  let close = async () => {};
  try {
    let origin = await originOf(settings, environment);
    if (!origin) {
      print('No Waterbus runs with these settings: one starts for the test.');
      close = (await start({ ...settings, logLevel: 'error' })).close;
      origin = await originOf(settings, environment);
    }
    if (!origin) return failed('the Waterbus that was started does not answer', 'see its log above');
    const secret = settings.secret ?? (await textOf(path.join(settings.dataDir, 'secret')))?.trim();
    if (!secret) {
      return failed(`there is no secret in ${settings.dataDir}`, 'use the settings of the running server');
    }
    return await examineWith(new RunningServer(origin, secret), settings, environment.NODE_ID || undefined, print);
  } catch (error) {
    return failed(reasonOf(explained(error, settings)), 'use the settings and the user of the server');
  } finally {
    await close();
  }
}

async function examineWith(
  server: RunningServer,
  settings: Settings,
  nodeId: string | undefined,
  print: Print,
): Promise<OutsideExamination> {
  const test = await server.openTest(nodeId);
  for (const line of invitation(settings, test)) print(line);
  const result = await watch(server, test, print);
  if (!result) return failed('no phone has made the test', 'run this again, and open the link within its time');
  return { findings: outsideFindings(result, test.addresses, mediaRanges(settings) && settings), result };
}

/** Undefined: the test has expired. */
async function watch(server: RunningServer, { token }: OutsideTest, print: Print): Promise<OutsideResult | undefined> {
  let state: OutsideResult['state'] = 'waiting';
  for (;;) {
    const result = await server.result(token);
    if (!result || result.state === 'reported') return result;
    if (state !== result.state) {
      print(`A phone${result.client ? ` at ${result.client}` : ''} has opened the link and tests the network…`);
    }
    state = result.state;
    await wait(POLL_INTERVAL);
  }
}

/** The link has its token in the part that browsers send to no server, so no log holds it. */
export function invitation(settings: Settings, { token, expiresIn, addresses }: OutsideTest): string[] {
  const link = `${pageOf(settings, addresses)}/doctor#token=${token}`;
  return [
    '',
    'Scan this with a phone that uses mobile data (Wi-Fi off), or open the address on it:',
    '',
    renderUnicodeCompact(link),
    '',
    `  ${link}`,
    '',
    `The link works once, for ${Math.round(expiresIn / 60)} minutes. Ctrl-C ends the test.`,
    '',
  ];
}

/** The address of the page for a phone: that of the settings, else the most public one. */
function pageOf(settings: Settings, addresses: readonly string[]): string {
  if (settings.publicUrl) return settings.publicUrl;
  const host = addresses.find((address) => !isPrivateAddress(address)) ?? addresses[0];
  const [, page = ''] = greeting(settings, ['api', 'ws'], [host ?? 'localhost']);
  return page.trim();
}

/** A process without the API finds it behind `PUBLIC_URL`. */
async function originOf(
  { httpPort, listenAddress, publicUrl }: Settings,
  { REDIS_URL, DATABASE_URL }: Record<string, string | undefined>,
): Promise<URL | undefined> {
  if (REDIS_URL && !DATABASE_URL && publicUrl) return new URL(publicUrl);
  return findWaterbus(httpPort, listenAddress);
}

function explained(error: unknown, settings: Settings): unknown {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? error : explain(error, settings);
}

function failed(message: string, remedy: string): OutsideExamination {
  return { findings: [fail('outside', message, remedy)] };
}

/** Milliseconds. */
const POLL_INTERVAL = 1000;
