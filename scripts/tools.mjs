// Programs that the tests need beyond npm's packages. Installed with apt where permitted; otherwise
// the command is printed.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/**
 * Returns false after printing the command when a program is missing and cannot be installed from
 * here.
 */
export function ensureTools(tools) {
  const missing = tools.filter((tool) => !tool.places.some(existsSync));
  if (missing.length === 0) return true;
  const packages = missing.flatMap((tool) => [tool.debianPackage, ...(tool.with ?? [])]);
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  const prefix = installPrefix();
  if (prefix === undefined) {
    console.error(`Missing: ${packages.join(', ')}. Install with: sudo ${command}`);
    return false;
  }
  console.log(`Installing ${packages.join(', ')}`);
  apt(prefix, ['update', '-qq']);
  apt(prefix, ['install', '-y', '-qq', '--no-install-recommends', ...packages]);
  const still = missing.filter((tool) => !tool.places.some(existsSync));
  for (const tool of still) console.error(`${tool.debianPackage} could not be installed. Try: sudo ${command}`);
  return still.length === 0;
}

export const chromium = [
  {
    debianPackage: 'chromium',
    // Chromium draws no text without a font.
    with: ['fonts-liberation'],
    places: [
      process.env.CHROMIUM_PATH,
      '/usr/bin/chromium',
      '/usr/bin/chromium-browser',
      '/usr/bin/google-chrome',
    ].filter(Boolean),
  },
];

export const browsers = [
  ...chromium,
  {
    debianPackage: 'firefox-esr',
    places: [process.env.FIREFOX_PATH, '/usr/bin/firefox-esr', '/usr/bin/firefox'].filter(Boolean),
  },
];

/** WebKit with a driver and a display, for `npm run test:webkit`. */
export const webkit = [
  { debianPackage: 'webkit2gtk-driver', with: ['fonts-liberation'], places: ['/usr/bin/WebKitWebDriver'] },
  { debianPackage: 'xvfb', places: ['/usr/bin/Xvfb'] },
];

/** The certificate of the TLS test, and a certificate authority that speaks ACME. */
export const certificates = [
  { debianPackage: 'openssl', places: ['/usr/bin/openssl'] },
  { debianPackage: 'pebble', places: ['/usr/bin/pebble'] },
];

/** GStreamer's webrtcbin with what it needs, for `npm run test:gstreamer`. */
export const gstreamer = [
  {
    debianPackage: 'gstreamer1.0-plugins-bad',
    with: [
      ...['python3-gi', 'gir1.2-gst-plugins-bad-1.0', 'gstreamer1.0-nice'],
      ...['gstreamer1.0-plugins-base', 'gstreamer1.0-plugins-good'],
    ],
    places: ['x86_64', 'aarch64'].map((kind) => `/usr/lib/${kind}-linux-gnu/gstreamer-1.0/libgstwebrtc.so`),
  },
  { debianPackage: 'python3-gi', places: ['/usr/lib/python3/dist-packages/gi'] },
  {
    debianPackage: 'gstreamer1.0-nice',
    places: ['x86_64', 'aarch64'].map((kind) => `/usr/lib/${kind}-linux-gnu/gstreamer-1.0/libgstnice.so`),
  },
];

/**
 * Redis 7 for the tests of the cluster, which start their own servers; the service that Debian
 * starts is not needed.
 */
export const redis = [{ debianPackage: 'redis-server', places: ['/usr/bin/redis-server'] }];

/** Checks the service file of systemd. */
export const services = [{ debianPackage: 'systemd', places: ['/usr/bin/systemd-analyze', '/bin/systemd-analyze'] }];

/** Reads the metrics of a test's servers, and checks the alert rules. */
export const monitors = [{ debianPackage: 'prometheus', places: ['/usr/bin/prometheus'] }];

/** The load balancer of `npm run cluster` and of the tests against it. */
export const balancer = [{ debianPackage: 'haproxy', places: ['/usr/sbin/haproxy'] }];

/** Unpacks Helm for the tests of the chart. */
export const archives = [{ debianPackage: 'unzip', places: ['/usr/bin/unzip'] }];

/**
 * Separate networks: for a browser whose address changes, and for a server behind NAT, which finds
 * its public address by a STUN server.
 */
export const networks = [
  { debianPackage: 'iproute2', places: ['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip'] },
  { debianPackage: 'nftables', places: ['/usr/sbin/nft', '/sbin/nft', '/usr/bin/nft'] },
  { debianPackage: 'coturn', places: ['/usr/bin/turnserver'] },
];

/** For the fuzz target: a compiler and OpenSSL's headers. */
export const compilers = [
  { debianPackage: 'clang', places: ['/usr/bin/clang'] },
  { debianPackage: 'libssl-dev', places: ['/usr/include/openssl/ssl.h'] },
];

/** Compile the addon of the published package for the processor that this machine does not have. */
export const crossCompilers = [
  { debianPackage: 'g++-x86-64-linux-gnu', places: ['/usr/bin/x86_64-linux-gnu-g++'] },
  { debianPackage: 'g++-aarch64-linux-gnu', places: ['/usr/bin/aarch64-linux-gnu-g++'] },
];

/** Compiles a program for musl, which loads the addon of the published package. */
export const musl = [{ debianPackage: 'musl-tools', places: ['/usr/bin/musl-gcc'] }];

/** Build the image and its base without a container runtime. */
export const builders = [
  { debianPackage: 'buildah', places: ['/usr/bin/buildah'] },
  { debianPackage: 'mmdebstrap', places: ['/usr/bin/mmdebstrap'] },
];

/** libFuzzer itself; the version of the installed clang is part of the package's name. */
export function fuzzers() {
  const version = spawnSync('clang', ['-dumpversion'], { encoding: 'utf8' }).stdout?.trim() ?? '';
  const [major] = version.split('.');
  const library = `libclang_rt.fuzzer-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.a`;
  // clang 15 and later use the major number alone in the names of its files.
  const places = [version, major].map((name) => `/usr/lib/llvm-${major}/lib/clang/${name}/lib/linux/${library}`);
  return [{ debianPackage: `libclang-rt-${major}-dev`, places }];
}

/**
 * Words before `apt-get`: none for root, `sudo -n` without a password; undefined when neither
 * works.
 */
function installPrefix() {
  if (!existsSync('/usr/bin/apt-get')) return undefined;
  if (process.getuid?.() === 0) return [];
  return spawnSync('sudo', ['-n', 'true']).status === 0 ? ['sudo', '-n'] : undefined;
}

function apt(prefix, words) {
  const [command, ...rest] = [...prefix, 'apt-get', ...words];
  spawnSync(command, rest, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
}

if (process.argv[1]?.endsWith('tools.mjs')) {
  process.exit(
    ensureTools([
      ...browsers,
      ...certificates,
      ...services,
      ...redis,
      ...monitors,
      ...balancer,
      ...networks,
      ...archives,
      ...compilers,
    ]) && ensureTools(fuzzers())
      ? 0
      : 1,
  );
}
