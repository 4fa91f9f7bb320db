import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';
import { compression } from 'vite-plugin-compression2';
import { offline } from './offline-plugin.js';
import { texts } from './texts/vite-plugin.js';

/** The default address of `npm start`; `vite` in development proxies API and signalling to it. */
const server = process.env.WATERBUS_URL ?? 'http://localhost:8080';

/**
 * The parts that every page uses, apart from the libraries: one chunk, because twenty small ones
 * compress less. A file that one of them imports belongs in the list too, unless it is loaded lazily:
 * two chunks would import each other, and the build fails.
 */
const FIRST = new RegExp(
  [
    'vite/preload-helper',
    'virtual:texts$',
    'web/src/(?:brand|messages|language/|routing/|sign-in/|offer/use-offer|meeting/meeting-link)',
    'web/src/frame/(?:brand|page-footer|page-header|notice)',
    'web/src/parts/(?:avatar|failure|field|language-choice|lies-over|toasts|load-code)\\.ts',
    'web/src/storage/remembered',
    'client/src/(?:emitter|failures|index|no-eval)\\.ts',
    'client/src/account/(?:create-account|passkeys|security|sign-in)',
    'client/src/rest/(?:meetings|rest-request|server)\\.ts',
    'protocol/src/(?:breakout-rooms|errors|ids|media|moment|names)\\.ts',
    'protocol/src/rest/(?:accounts|audit|meetings|members|paging|problem|schedule|second-factors|server)\\.ts',
  ].join('|'),
);

/** The parts that several pages use: the call, its lobby, and a meeting's page. */
const OFTEN = new RegExp(
  [
    'lucide-react/',
    'web/src/storage/preferences',
    'web/src/devices/(?:audio-level|trouble)\\.ts',
    'react/src/devices/(?:device-notes|use-media-devices)\\.ts',
    'web/src/parts/(?:copy-text|round-button|switch)\\.ts',
    'web/src/meeting/copy-link',
    'client/src/time/backoff',
    'protocol/src/(?:adaptive|client-requests|data-messages|join-token|meeting-events|participant-metadata)\\.ts',
    'protocol/src/(?:reactions|room|server-events|signalling)\\.ts',
    'protocol/src/rest/(?:breakouts|connectivity|files|messages|participants|polls|private-messages|quality|stream-keys)\\.ts',
  ].join('|'),
);

export default defineConfig({
  plugins: [
    texts(),
    offline(),
    react(),
    withoutUnusedZod(),
    withoutUnusedMediasoup(),
    withoutCircles(),
    // Compressed once, here, as far as possible: the server sends these files unchanged.
    compression({ algorithms: ['brotliCompress', 'gzip'], include: /\.(html|js|css|svg)$/, threshold: 1024 }),
    // Every browser that has cameras on this page takes Brotli; another copy would be half a megabyte.
    compression({ algorithms: ['brotliCompress'], include: /\.(wasm|tflite)$/, threshold: 1024 }),
  ],
  // The workspace packages are built from their sources, so that a change in the SDK needs no build
  // before this one.
  resolve: { conditions: ['source', ...defaultClientConditions] },
  server: {
    // The host stays that of the page, so that the server receives requests of its own origin.
    proxy: {
      '/v1': { target: server },
      '/manifest.webmanifest': { target: server },
      '/signal': { target: server, ws: true },
    },
  },
  // Workers and worklets are modules, loaded by addresses with hashes as the rest.
  worker: { format: 'es', plugins: () => [withoutNode()] },
  build: {
    target: 'es2022',
    // No file becomes a data: URL, which the content security policy would refuse.
    assetsInlineLimit: 0,
    // Browsers without it load the same files, a little later.
    modulePreload: { polyfill: false },
    // Every page uses them. Without the group each new part of the app would cut them into other
    // chunks, which compress less.
    rolldownOptions: {
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            { name: 'base', test: /node_modules\/(react|react-dom|scheduler|zod)\// },
            { name: 'first', test: FIRST },
            { name: 'often', test: OFTEN },
          ],
        },
      },
    },
  },
});

/**
 * Leaves out what every schema of Zod refers to and no page uses: 10 kB of each first visit,
 * compressed. The page fails at its start where a method that is left out is called. Another version
 * of Zod may be written differently: then the test of the bytes of the first visit fails.
 */
function withoutUnusedZod(): Plugin {
  return {
    name: 'without-unused-zod',
    apply: 'build',
    transform(code, id) {
      // English texts of failures: nobody reads them.
      if (/\/zod\/v4\/locales\/en\.js$/.test(id)) {
        return { code: 'export default () => ({ localeError: ({ code }) => code });', map: null };
      }
      if (!/\/zod\/v4\/classic\/schemas\.js$/.test(id)) return null;
      return {
        code: code
          // The conversion to JSON Schema.
          .replace(/^\s*inst\._zod\.processJSONSchema = .*;$/gm, '')
          .replace(
            /import \* as processors from "[^"]+";/,
            // Limits of a schema as properties, which are read from JSON Schema as well.
            'const processors = { aggregateChecks: () => ({}) };',
          )
          .replace(
            /import \{ createStandardJSONSchemaMethod, createToJSONSchemaMethod \} from "[^"]+";/,
            'const createStandardJSONSchemaMethod = () => () => ({}), createToJSONSchemaMethod = createStandardJSONSchemaMethod;',
          )
          // Formats as methods of strings (`z.string().jwt()`), each with its class.
          .replace(/(export const ZodString = [\s\S]*?\n\}), \{[\s\S]*?\n\}\);/, '$1);')
          // Compiled schemas need `eval`, which the security policy refuses.
          .replace('core.$ZodObjectJIT.init(', 'core.$ZodObject.init(')
          // Values that contain themselves: JSON has none.
          .replace('core.config({ memoizer: core.memoizer() });', ';')
          .replace(UNUSED_METHODS, ''),
        map: null,
      };
    },
  };
}

/**
 * Leaves out what mediasoup-client has for tests and for React Native: 6 kB of each call, compressed.
 * It is CommonJS, of which the build keeps every file.
 */
function withoutUnusedMediasoup(): Plugin {
  return {
    name: 'without-unused-mediasoup',
    apply: 'build',
    transform(_, id) {
      const unused =
        /\/mediasoup-client\/lib\/(?:handlers\/FakeHandler|handlers\/ReactNative106|test\/fakeParameters)\.js$/;
      return unused.test(id) ? { code: 'exports.unused = true;', map: null } : null;
    },
  };
}

/** Fails when chunks import each other: then one of them reads the other's values too early. */
function withoutCircles(): Plugin {
  return {
    name: 'without-circles',
    apply: 'build',
    generateBundle(_, bundle) {
      const done = new Set<string>();
      const visit = (file: string, from: string[]): void => {
        if (from.includes(file)) this.error(`These chunks import each other: ${[...from, file].join(' → ')}`);
        const chunk = bundle[file];
        if (done.has(file) || chunk?.type !== 'chunk') return;
        for (const imported of chunk.imports) visit(imported, [...from, file]);
        done.add(file);
      };
      for (const file of Object.keys(bundle)) visit(file, []);
    },
  };
}

/** Methods of schemas, with a kind of schema or of parsing behind each. */
const UNUSED_METHODS = new RegExp(
  `^    (?:async )?(?:${[
    ...['exactOptional', 'nonoptional', 'prefault', 'readonly', 'superRefine', 'validate', 'validateAsync'],
    ...['encode', 'decode', 'encodeAsync', 'decodeAsync', 'safeEncode', 'safeDecode', 'safeEncodeAsync'],
    ...['safeDecodeAsync', 'parseAsync', 'safeParseAsync', 'slugify', 'exactPartial', 'required', 'safeExtend'],
  ].join('|')})(?:: (?:async )?function \\w+)?\\([\\s\\S]*?\\n    \\},\\n`,
  'gm',
);

/** TensorFlow Lite's script reads files where it runs in Node; no worker does. */
function withoutNode(): Plugin {
  const empty = '\0without-node';
  return {
    name: 'without-node',
    enforce: 'pre',
    resolveId: (id, importer) => (/^(fs|path)$/.test(id) && /\/tflite-/.test(importer ?? '') ? empty : null),
    load: (id) => (id === empty ? 'export default {};' : null),
  };
}
