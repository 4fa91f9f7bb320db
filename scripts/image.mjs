// `npm run image`: builds the image of the Dockerfile and tests it, without a container runtime and
// without an image registry. Its base is a Debian of mmdebstrap with Node from the npm registry;
// buildah builds in a chroot. Needs root.
//   --packed   takes the tarballs in dist-packages as they are
//   --call     holds a call of two browsers in it
//   --keep F   writes the image to F, an archive for `docker load` or `podman load`
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { testImage } from './image/test-image.mjs';
import { printTimes, root, step } from './steps.mjs';
import { builders, ensureTools } from './tools.mjs';

/** Debian and npm of the build stage. Nothing of npm reaches the image. */
const SUITE = 'trixie';
const NPM = 'npm@11.19.1';

/** Megabytes of all files: the image without compression. */
const BUDGET = 250;

const BASE_IMAGE = 'localhost/waterbus-base';

if (process.getuid() !== 0) fail('`npm run image` needs root: it makes a Debian and enters it by chroot.');
if (!ensureTools(builders)) process.exit(1);
const options = process.argv.slice(2);
const archive = options.includes('--keep') ? options[options.indexOf('--keep') + 1] : undefined;
const work = mkdtempSync(path.join(tmpdir(), 'waterbus-image-'));
const { version } = JSON.parse(readFileSync(path.join(root, 'apps/waterbus/package.json'), 'utf8'));
const image = `localhost/waterbus:${version}`;

const ok =
  (options.includes('--packed') || step('packages', [process.execPath, 'scripts/pack.mjs', '--this-machine'])) &&
  makeBase(path.join(work, 'base')) &&
  step('image', [
    ...buildah('build', '--isolation', 'chroot', '--format', 'docker', '--tag', image),
    ...['--build-arg', `BASE_IMAGE=${BASE_IMAGE}`, '--build-arg', 'PACKAGES=packed'],
    ...['--build-arg', `VERSION=${version}`, '--build-arg', `REVISION=${revision()}`, root],
  ]) &&
  (await test()) &&
  (!archive ||
    step('archive', buildah('push', '--quiet', image, `docker-archive:${path.resolve(archive)}:waterbus:${version}`)));
rmSync(work, { recursive: true, force: true });
printTimes();
process.exit(ok ? 0 : 1);

/** Debian, Node from the npm registry, and npm. */
function makeBase(folder) {
  const lts = path.join(root, 'runtimes/lts');
  const local = path.join(folder, 'usr/local');
  const made =
    step('base: Debian', [
      ...['/usr/bin/mmdebstrap', '--quiet', '--variant=minbase', '--mode=root'],
      ...['--include=binutils,ca-certificates,libatomic1,libstdc++6', SUITE, folder],
    ]) && step('base: Node', ['npm', 'ci', '--ignore-scripts', '--prefix', lts]);
  if (!made) return false;
  cpSync(path.join(lts, `node_modules/node-linux-${process.arch}/bin/node`), path.join(local, 'bin/node'));
  trustAuthorities(folder);
  return (
    step('base: npm', ['npm', 'install', '--global', '--ignore-scripts', '--prefix', local, NPM]) &&
    step('base: files', buildah('from', '--name', 'base', 'scratch')) &&
    step('base: image', buildah('add', '--quiet', 'base', folder, '/')) &&
    step('base: commit', buildah('commit', '--quiet', 'base', BASE_IMAGE))
  );
}

/**
 * A proxy in front of the npm registry may have an authority of its own. Nothing of it reaches the
 * image.
 */
function trustAuthorities(folder) {
  const own = process.env.NODE_EXTRA_CA_CERTS;
  if (!own) return;
  const certificates = '/usr/local/share/ca-certificates.crt';
  cpSync(own, path.join(folder, certificates));
  writeFileSync(path.join(folder, 'root/.npmrc'), `cafile=${certificates}\n`);
}

async function test() {
  const { Docker } = JSON.parse(output(buildah('inspect', '--type', 'image', image)));
  output(buildah('from', '--name', 'test', image));
  const files = output(buildah('mount', 'test')).trim();
  const megabytes = Math.ceil(Number(output(['/usr/bin/du', '-sb', files]).split('\t')[0]) / 1e6);
  console.log(`\n== ${image}: ${megabytes} MB`);
  if (megabytes > BUDGET) return refuse(`The image has ${megabytes} MB, more than its ${BUDGET} MB.`);
  const { firstCall } = options.includes('--call') ? await import('./newcomer/first-call.mjs') : {};
  return testImage(files, Docker.config, path.join(work, 'data'), firstCall);
}

/** The storage lies in the work folder: nothing is left behind, and no other image is touched. */
function buildah(...words) {
  const storage = ['--root', path.join(work, 'storage'), '--runroot', path.join(work, 'run')];
  return ['/usr/bin/buildah', ...storage, '--storage-driver', 'vfs', ...words];
}

function revision() {
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : '';
}

function output([command, ...args]) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? stdout : fail(`${command} ${args.join(' ')} failed: ${stderr}`);
}

function refuse(sentence) {
  console.error(sentence);
  return false;
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
