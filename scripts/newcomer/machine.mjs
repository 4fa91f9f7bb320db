// A fresh machine: a Debian with Node and npm, entered by chroot in namespaces of its own.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../steps.mjs';

const SUITE = 'trixie';
const NPM = 'npm@11.19.1';

export class Machine {
  /** The commands that a newcomer has typed, with their seconds. */
  taken = [];

  /** `namespace`: of the network; default: that of this machine. */
  constructor(folder, namespace) {
    this.folder = folder;
    this.namespace = namespace;
  }

  /** A machine with these Debian packages. */
  static make(folder, packages) {
    const included = ['ca-certificates', 'libatomic1', 'libstdc++6', ...packages];
    prepare('/usr/bin/mmdebstrap', [
      ...['--quiet', '--variant=minbase', '--mode=root', `--include=${included.join(',')}`, SUITE, folder],
    ]);
    const lts = path.join(root, 'runtimes/lts');
    const local = path.join(folder, 'usr/local');
    prepare('npm', ['ci', '--ignore-scripts', '--prefix', lts]);
    const node = path.join(lts, `node_modules/node-linux-${process.arch}`);
    // With the headers, which node-gyp would download from nodejs.org otherwise.
    for (const name of ['bin', 'include']) {
      if (existsSync(path.join(node, name))) cpSync(path.join(node, name), path.join(local, name), { recursive: true });
    }
    prepare('npm', ['install', '--global', '--ignore-scripts', '--prefix', local, NPM]);
    cpSync('/etc/resolv.conf', path.join(folder, 'etc/resolv.conf'));
    const npmrc = ['nodedir=/usr/local'];
    if (process.env.NODE_EXTRA_CA_CERTS) {
      cpSync(process.env.NODE_EXTRA_CA_CERTS, path.join(folder, 'etc/ssl/authorities.crt'));
      npmrc.push('cafile=/etc/ssl/authorities.crt');
    }
    writeFileSync(path.join(folder, 'root/.npmrc'), `${npmrc.join('\n')}\n`);
    return new Machine(folder);
  }

  copy(from, to) {
    mkdirSync(path.dirname(path.join(this.folder, to)), { recursive: true });
    cpSync(from, path.join(this.folder, to), { recursive: true });
  }

  /** Types a command that ends. */
  async type(command) {
    const begun = performance.now();
    const child = this.spawn(command);
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`${command} ended with ${code}`);
    this.taken.push({ command, seconds: (performance.now() - begun) / 1000 });
    console.log(`(${this.taken.at(-1).seconds.toFixed(1)} s)`);
  }

  /** Types a command that serves, and runs `use` once `origin` is ready; then ends it. */
  async serve(command, origin, use) {
    const begun = performance.now();
    const child = this.spawn(command);
    const exit = once(child, 'exit');
    try {
      await ready(`${origin}/readyz`, child);
      console.log(`(ready after ${((performance.now() - begun) / 1000).toFixed(1)} s)`);
      await use();
      this.taken.push({ command, seconds: (performance.now() - begun) / 1000 });
      console.log(`(first call after ${this.taken.at(-1).seconds.toFixed(1)} s)`);
    } finally {
      if (child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
      await exit;
    }
  }

  /** In the home of root, as after a login: a shell without the environment of this process. */
  spawn(command) {
    console.log(`\n$ ${command}`);
    const mounts = [
      `/usr/bin/mount -t proc proc '${this.folder}/proc'`,
      `/usr/bin/mount --rbind /dev '${this.folder}/dev'`,
      `exec /usr/sbin/chroot '${this.folder}' "$@"`,
    ].join(' && ');
    const isolated = ['/usr/bin/unshare', '--mount', '--pid', '--fork', '--kill-child', '/bin/sh', '-c', mounts, 'sh'];
    const inside = this.namespace ? ['/usr/sbin/ip', 'netns', 'exec', this.namespace, ...isolated] : isolated;
    const [program, ...args] = [...inside, '/bin/sh', '-c', `cd && ${command}`];
    const env = { HOME: '/root', PATH: '/usr/local/bin:/usr/bin:/bin', TERM: 'dumb' };
    return spawn(program, args, { env, stdio: ['ignore', 'inherit', 'inherit'], detached: true });
  }
}

async function ready(url, child) {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`It ended with code ${child.exitCode} before it was ready.`);
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** A step before the newcomer comes: silent unless it fails. */
function prepare(command, args) {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${stderr}`);
}
