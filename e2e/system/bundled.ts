import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** A script for a page, which has these exports of npm packages as `window.bundle`. */
export async function bundled(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    ...{ bundle: true, write: false, format: 'iife', globalName: 'bundle', platform: 'browser', logLevel: 'silent' },
    // The script of a page ends as an expression without a result.
    footer: { js: 'window.bundle = bundle;' },
  });
  return outputFiles[0]!.text;
}
