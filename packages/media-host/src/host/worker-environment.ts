/**
 * What a media worker gets of this process's environment. It parses what anybody on the Internet sends, so it holds no
 * secret that it does not need: settings reach it in its start message.
 */
export function workerEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => NEEDED.has(name)));
}

/** Finding programs and libraries, languages, time zone, temporary files; options of Node, of OpenSSL, of sanitizers. */
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
