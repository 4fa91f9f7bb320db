// What a newcomer types, by way of installation. Each returns the commands with their seconds.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { NatNetwork } from '../../e2e/system/nat-network.ts';
import { startStunServers } from '../../e2e/system/stun-servers.ts';
import { freePort, freePorts } from '../../packages/stun/test/free-ports.ts';
import { root } from '../steps.mjs';
import { firstCall } from './first-call.mjs';
import { Machine } from './machine.mjs';

/** From a clone, with a compiler. */
export async function sourcesWay(work) {
  const machine = Machine.make(path.join(work, 'sources'), ['git', 'python3', 'make', 'g++']);
  const repository = path.join(work, 'waterbus.git');
  output(['git', 'clone', '--quiet', '--bare', root, repository]);
  machine.copy(repository, 'srv/waterbus.git');
  await machine.type('git clone /srv/waterbus.git waterbus');
  await machine.type('cd waterbus && npm ci');
  await servesCall(machine, (settings) => `cd waterbus && ${settings} npm start`);
  return machine.taken;
}

/** From npm's packages, without a compiler. */
export async function packageWay(work) {
  const machine = machineWithPackages(path.join(work, 'package'));
  await installPackages(machine);
  await servesCall(machine, (settings) => `${settings} npx waterbus`);
  return machine.taken;
}

/** The same behind a router with NAT, which forwards the ports; the callers are on the Internet. */
export async function natWay(work) {
  const [httpPort, mediaPort] = [await freePort(), await freePorts(2)];
  const machine = machineWithPackages(path.join(work, 'nat'));
  await installPackages(machine);
  const network = await NatNetwork.create({ tcp: httpPort, udp: [mediaPort, mediaPort + 1] });
  const stun = await startStunServers(network.internetAddress, 2);
  try {
    const [, [, , namespace]] = network.besideServer('true', []);
    machine.namespace = namespace;
    const origin = `http://${network.publicAddress}:${httpPort}`;
    const settings = [
      `HTTP_PORT=${httpPort} MEDIA_PORT=${mediaPort} MEDIA_WORKERS=2`,
      `ANNOUNCED_ADDRESSES=auto STUN_SERVERS=${stun.servers}`,
    ];
    await machine.serve(`${settings.join(' ')} npx waterbus`, origin, () => firstCall(origin));
  } finally {
    await stun.close();
    await network.close();
  }
  return machine.taken;
}

/**
 * The image, built here and run as a container runtime does, for want of one: `docker run` of a
 * published image takes the place of both commands.
 */
export async function imageWay() {
  const words = ['--conditions=source', '--import', 'tsx', 'scripts/image.mjs', '--packed', '--call'];
  const begun = performance.now();
  const text = output([process.execPath, ...words]);
  const all = (performance.now() - begun) / 1000;
  const [, called] = /first call after ([\d.]+) s/.exec(text) ?? [];
  if (called === undefined) throw new Error(text);
  const seconds = Number(called);
  return [
    { command: 'npm run image', seconds: all - seconds },
    { command: 'docker run', seconds },
  ];
}

function machineWithPackages(folder) {
  const machine = Machine.make(folder, []);
  for (const name of packages()) machine.copy(path.join(root, 'dist-packages', name), `srv/${name}`);
  return machine;
}

/** They are not published yet: their files stand for `npm install waterbus`. */
async function installPackages(machine) {
  await machine.type('npm install /srv/*.tgz');
}

function packages() {
  return readdirSync(path.join(root, 'dist-packages')).filter((name) => name.endsWith('.tgz'));
}

/** On free ports: other servers may run on this machine. */
async function servesCall(machine, commandWith) {
  const [httpPort, mediaPort] = [await freePort(), await freePorts(2)];
  const origin = `http://localhost:${httpPort}`;
  const settings = `HTTP_PORT=${httpPort} MEDIA_PORT=${mediaPort} MEDIA_WORKERS=2`;
  await machine.serve(commandWith(settings), origin, () => firstCall(origin));
}

function output([command, ...args]) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${stderr}`);
  return stdout;
}
