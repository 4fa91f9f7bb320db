import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { root } from '../steps.mjs';

/**
 * Kilobytes of the smallest page that joins a call, minified, and after gzip. Measured: 490 and 122.4;
 * of those 178 are mediasoup-client, 99 zod, 119 client and protocol.
 */
const BUDGET = { minified: 492, gzip: 123 };

it('a page that joins a call stays within its budget, without tables of languages', { timeout: 120_000 }, async () => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: "import { join } from '@waterbus/client'; globalThis.join = join;", resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['source'],
    metafile: true,
    write: false,
  });
  const [page] = outputFiles;
  const bundled = Object.entries(Object.values(metafile.outputs)[0].inputs).filter((file) => file[1].bytesInOutput > 0);
  const locales = bundled.map(([file]) => file).filter((file) => file.includes('zod/v4/locales/'));
  expect(locales).toEqual([expect.stringMatching(/\/en\.js$/)]);
  const size = { minified: page.contents.length / 1000, gzip: gzipSync(page.contents, { level: 9 }).length / 1000 };
  console.log(`a page that joins: ${size.minified.toFixed(0)} kB, ${size.gzip.toFixed(0)} kB after gzip`);
  expect(size.minified).toBeLessThan(BUDGET.minified);
  expect(size.gzip).toBeLessThan(BUDGET.gzip);
});
