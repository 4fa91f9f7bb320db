import { existsSync } from 'node:fs';
import { readFile, statfs } from 'node:fs/promises';
import path from 'node:path';
import { examineHost } from '@waterbus/media-host';
import type { Settings } from '../settings.js';
import { type Finding, fail, ok, reasonOf, warn } from './finding.js';

/** Node, the addon and the kernel's limits. */
export async function examineMachine({ dataDir }: Settings): Promise<Finding[]> {
  return [ofNode(), ...ofPacketPlane(), await ofFiles(), await ofDisk(dataDir)];
}

function ofNode(): Finding {
  const { release, version } = process;
  if (release.lts) return ok('node', `${version} (${release.lts})`);
  return warn('node', `${version} is no long-term release`, 'use the current LTS of Node');
}

function ofPacketPlane(): Finding[] {
  try {
    const warning = examineHost();
    const loaded = ok('addon', 'it loads, and opens a socket');
    if (!warning) return [loaded, ok('buffers', 'the kernel grants the socket buffers of a worker')];
    const [message = '', remedy = ''] = warning.message.split(/: (?=sysctl)/);
    return [loaded, warn('buffers', message, `${remedy} (deploy/systemd/60-waterbus.conf keeps it)`)];
  } catch (error) {
    return [fail('addon', reasonOf(error), 'run `npm ci` with the Node that runs Waterbus')];
  }
}

/** Node raises its soft limit to the hard one. */
async function ofFiles(): Promise<Finding> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const most = /^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1];
  if (most === undefined) return ok('files', 'no limit is known');
  if (Number(most) >= FEWEST_FILES) return ok('files', `${most} may be open`);
  return warn('files', `${most} may be open, one for each socket`, `LimitNOFILE=${FEWEST_FILES}, or ulimit -n`);
}

async function ofDisk(dataDir: string): Promise<Finding> {
  let folder = path.resolve(dataDir);
  while (!existsSync(folder)) folder = path.dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const message = `${(free / 2 ** 30).toFixed(1)} GiB are free at ${folder}`;
  if (free < LEAST_SPACE) return fail('disk', message, 'make room, or choose another DATA_DIR');
  return free < LITTLE_SPACE ? warn('disk', message, 'make room') : ok('disk', message);
}

/** Sockets of signalling and files of a large server. */
const FEWEST_FILES = 16_384;

/** Bytes. */
const LEAST_SPACE = 100 * 2 ** 20;
const LITTLE_SPACE = 2 ** 30;
