import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The page's code with the SDK, built from their sources. */
export function pageScript(): Promise<string> {
  return bundled('./page/entry.ts');
}

/** Redirects the web app's media to this address and records its texts about lost media. */
export function outageScript(mediaAddress: string, mediaPort: number): Promise<string> {
  const define = { MEDIA_ADDRESS: JSON.stringify(mediaAddress), MEDIA_PORT: String(mediaPort) };
  return bundled('./outage/page.ts', define);
}

async function bundled(entry: string, define: Record<string, string> = {}): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
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
