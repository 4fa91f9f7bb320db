// What a newcomer types, by way of installation. Each returns the commands with their seconds.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { freeMediaPorts, freeTcpPort } from '../../e2e/system/processes.ts';
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
  const [httpPort, mediaPort] = [await freeTcpPort(), await freeMediaPorts(2)];
  const origin = `http://localhost:${httpPort}`;
  const settings = `HTTP_PORT=${httpPort} MEDIA_PORT=${mediaPort} MEDIA_WORKERS=2`;
  await machine.serve(commandWith(settings), origin, () => firstCall(origin));
}

function output([command, ...args]) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${stderr}`);
  return stdout;
}
