// `npm run test:lts`: the tests of the packet plane and of the servers on the current LTS of Node,
// all of them with `-- --release`. The binary and its headers come from the npm registry
// (runtimes/lts); the addon is compiled against them, beside the ordinary one.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { printTimes, root, step } from './steps.mjs';
import { ensureTools, redis } from './tools.mjs';

const runtime = path.join(root, 'runtimes/lts');
const name = `node-linux-${process.arch}`;
const node = path.join(runtime, 'node_modules', name, 'bin/node');
const version = readJson(path.join(runtime, 'package.json')).optionalDependencies[name];
if (process.platform !== 'linux' || !version) fail('The npm registry has this Node for Linux on x64 and arm64 only.');

const NPM_CI = ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'];

const FOLDERS = ['packages/packet-io', 'packages/media', 'packages/media-host', 'apps/server-ws', 'apps/server-api'];

/**
 * Tests of generated requests, rows and simulated calls, and of limits, minutes long. The version of
 * Node does not affect them.
 */
const LEFT_OUT = [
  'packages/media/test/fuzz/**',
  'packages/media/test/scenarios/{svc,simulcast,congestion,competing,lossy-paths,probes,lying-receiver}.test.ts',
  'packages/media/test/scenarios/{allocation,line-quality,outage,loss,heap}.test.ts',
  'packages/media/test/scenarios/{captures,changed-paths,first-screen,moving}.test.ts',
  'packages/media-host/test/flood/**',
  'apps/server-ws/test/hostile-sockets.test.ts',
  'apps/server-api/src/access/authorization-matrix.test.ts',
  'apps/server-api/src/hostile-values.test.ts',
  'apps/server-api/src/{limits/count-in-redis,mail/mail-sender,offer/opening}.test.ts',
  'apps/server-api/src/malformed-requests.test.ts',
  'apps/server-api/src/schema-requests.test.ts',
  'apps/server-api/src/database/query-plans.test.ts',
  'apps/server-api/src/http/openapi.test.ts',
];

/**
 * For each release: logic without sockets and processes; routes that read and write the database through the parts that are tested for
 * each change, power cuts, the data folder's rights, floods, and participants over HTTP, which use
 * the media plane as others do; media between two nodes.
 */
const FOR_RELEASES = [
  'packages/media/**',
  'apps/server-ws/src/**',
  'packages/media-host/test/interop/{pipe,repair}.test.ts',
  'apps/server-api/src/database/{lost-connection,preparing,statements}.test.ts',
  'apps/server-api/src/{attendance,schedules,outside-tests}/**',
  'apps/server-ws/test/{piped-player,whep,whip,redis-lost,slow-readers}.test.ts',
  'apps/server-api/src/{admin,admission,mail,quality,sessions}/**',
  'apps/server-api/src/access/{password,bearer}.test.ts',
  'apps/server-api/src/http/{canaries,log-ids}.test.ts',
  'apps/server-api/src/database/{embedded/power-cut,data-folder,private-folder,retention}.test.ts',
  'apps/server-api/src/{access/known-devices,access/password-flood,mail/mail-abuse}.test.ts',
  'apps/server-api/src/{accounts,api-keys,audit,connectivity,events,meetings,members,messages,oidc}/**',
  'apps/server-api/src/{participants,second-factors,stream-keys,webhooks,whip}/**',
  'apps/server-api/src/{breakouts,files,polls,private-messages}/**',
];

const release = process.argv.includes('--release');
const addon = path.join(root, `packages/packet-io/.test-output/node-v${version}/build/Release/packet_io.node`);
const patterns = process.argv.slice(2).filter((word) => word !== '--release');
const leftOut = release || patterns.length > 0 ? LEFT_OUT : [...LEFT_OUT, ...FOR_RELEASES];

const ok =
  ensureTools(redis) &&
  (installedVersion() === version || step(`Node ${version}`, [...NPM_CI, '--prefix', runtime])) &&
  step('the addon, compiled against its headers', [node, 'packages/packet-io/build.mjs', '--apart']) &&
  step(
    `packet plane and servers on Node ${version}`,
    [
      ...[node, 'node_modules/vitest/vitest.mjs', 'run', '--reporter=default', '--reporter=json'],
      ...['--outputFile.json=.test-output/lts.json', ...(patterns.length > 0 ? patterns : FOLDERS)],
    ],
    { PACKET_IO_ADDON: addon, LEFT_OUT_TESTS: leftOut.join('\n') },
  );
printTimes();
process.exit(ok ? 0 : 1);

function installedVersion() {
  const file = path.join(runtime, 'node_modules', name, 'package.json');
  return existsSync(file) ? readJson(file).version : undefined;
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
