import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The script of a page with the SDK, built from their sources; `define`: its constants. */
export async function pageBundle(entry: URL, define: Record<string, string> = {}): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    conditions: ['source'],
    logLevel: 'error',
    define,
  });
  return outputFiles[0]!.text;
}
