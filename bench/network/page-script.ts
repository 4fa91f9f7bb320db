import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The page's code with the SDK in it, from their sources. */
export async function pageScript(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./page/entry.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    conditions: ['source'],
    logLevel: 'error',
  });
  return outputFiles[0]!.text;
}
