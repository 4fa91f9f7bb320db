// Runs an unpacked image as a container runtime would: its user, environment and command, process 1
// of its own process namespace, a read-only root, and one writable volume.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { startTest } from '../packages/start-test.mjs';

/**
 * `config` is the configuration of the image, `data` a folder for its volume. `call` uses the
 * running server.
 */
export async function testImage(files, config, data, call) {
  const begun = performance.now();
  const { User, Env, Entrypoint, Cmd, Healthcheck, StopSignal, Volumes } = config;
  const [user, group] = User.split(':').map(Number);
  assert.ok(user > 0, 'the user is not root');
  assert.deepEqual(Object.keys(Volumes), ['/data']);
  assert.equal(StopSignal, 'SIGTERM');
  const env = Object.fromEntries(
    Env.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  // A new volume takes the owner of the folder in the image.
  assert.equal(statSync(path.join(files, 'data')).uid, user);
  mkdirSync(data, { mode: 0o700 });
  chownSync(data, user, group);
  const prepare = [
    `/usr/bin/mount --bind '${files}' '${files}'`,
    `/usr/bin/mount -o remount,bind,ro '${files}'`,
    `/usr/bin/mount --bind '${data}' '${files}/data'`,
    `/usr/bin/mount -t proc proc '${files}/proc'`,
    `/usr/bin/mount --bind /dev '${files}/dev'`,
    `exec /usr/sbin/chroot --userspec=${User} '${files}' "$@"`,
  ].join(' && ');
  const outer = ['/usr/bin/unshare', '--mount', '--pid', '--fork', '--kill-child', '/bin/sh', '-c', prepare, 'sh'];
  await startTest(
    [...outer, ...absolute([...Entrypoint, ...Cmd])],
    { env },
    {
      whileRunning: async (child, environment) => {
        if (call) {
          await call(`http://localhost:${environment.HTTP_PORT}`);
          console.log(`== image: first call after ${((performance.now() - begun) / 1000).toFixed(1)} s`);
        }
        const inside = ['-t', String(first(child)), '--mount', '--pid'];
        const [kind, ...check] = Healthcheck.Test;
        assert.equal(kind, 'CMD');
        const healthy = enterWith(inside, User, files, absolute(check), environment);
        assert.equal(healthy.status, 0, `health check: ${healthy.stderr}`);
        const elsewhere = enterWith(inside, User, files, absolute(check), { ...environment, HTTP_PORT: '1' });
        assert.equal(elsewhere.status, 1, 'the health check fails where nothing answers');
        const written = spawnSync('/usr/bin/nsenter', [...inside, '/usr/bin/touch', path.join(files, 'written')]);
        assert.notEqual(written.status, 0, 'the root is read-only');
      },
      end: (child) => process.kill(first(child), 'SIGTERM'),
    },
  );
  const names = readdirSync(data);
  assert.ok(names.includes('secret'), 'the volume holds the secret');
  for (const name of names) assert.equal(statSync(path.join(data, name)).uid, user);
  console.log(`== image: ran as ${User} on a read-only root, healthy, served a meeting, ended on SIGTERM`);
  return true;
}

/** Process 1 of the namespace, as this one numbers it. */
function first(child) {
  return Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim());
}

function enterWith(inside, user, files, command, env) {
  const chroot = ['/usr/sbin/chroot', `--userspec=${user}`, files, ...command];
  return spawnSync('/usr/bin/nsenter', [...inside, ...chroot], { env, encoding: 'utf8' });
}

/** Runtimes look a command up in the PATH of the image. */
function absolute([command, ...args]) {
  return [command.includes('/') ? command : `/usr/local/bin/${command}`, ...args];
}
