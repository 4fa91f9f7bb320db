import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';
import { compression } from 'vite-plugin-compression2';
import { texts } from './texts/vite-plugin.js';

/** The default address of `npm start`; `vite` in development proxies API and signalling to it. */
const server = process.env.WATERBUS_URL ?? 'http://localhost:8080';

export default defineConfig({
  plugins: [
    texts(),
    react(),
    withoutUnusedZod(),
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
        codeSplitting: { groups: [{ name: 'base', test: /node_modules\/(react|react-dom|scheduler|zod)\// }] },
      },
    },
  },
});

/**
 * Leaves out what every schema of Zod refers to and no page uses: the conversion to JSON Schema,
 * 6 kB of each first visit, compressed, and the English texts of failures, 1 kB. Another version of
 * Zod may be written differently: then the test of the bytes of the first visit fails.
 */
function withoutUnusedZod(): Plugin {
  return {
    name: 'without-unused-zod',
    apply: 'build',
    transform(code, id) {
      if (/\/zod\/v4\/locales\/en\.js$/.test(id)) {
        return { code: 'export default () => ({ localeError: ({ code }) => code });', map: null };
      }
      if (!/\/zod\/v4\/classic\/schemas\.js$/.test(id)) return null;
      return {
        code: code
          .replace(/^\s*inst\._zod\.processJSONSchema = .*;$/gm, '')
          .replace(
            /import \* as processors from "[^"]+";/,
            // Limits of a schema as properties, which are read from JSON Schema as well.
            'const processors = { aggregateChecks: () => ({}) };',
          )
          .replace(
            /import \{ createStandardJSONSchemaMethod, createToJSONSchemaMethod \} from "[^"]+";/,
            'const createStandardJSONSchemaMethod = () => () => ({}), createToJSONSchemaMethod = createStandardJSONSchemaMethod;',
          ),
        map: null,
      };
    },
  };
}

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
