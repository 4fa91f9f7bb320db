/**
 * The variables of this process's environment that a media worker gets. The worker parses bytes
 * from anywhere on the Internet, so it has no secret that it does not need: settings reach it in
 * its start message.
 */
export function workerEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => NEEDED.has(name)));
}

/**
 * Programs and libraries, languages, time zone, temporary files; options of Node, OpenSSL and
 * sanitizers.
 */
const NEEDED = new Set([
  'PATH',
  'HOME',
  'USER',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SystemRoot',
  'LANG',
  'LC_ALL',
  'TZ',
  'NODE_ENV',
  'NODE_OPTIONS',
  'NODE_V8_COVERAGE',
  'UV_THREADPOOL_SIZE',
  'OPENSSL_CONF',
  'LD_LIBRARY_PATH',
  'LD_PRELOAD',
  'ASAN_OPTIONS',
  'UBSAN_OPTIONS',
  'PACKET_IO_ADDON',
]);
