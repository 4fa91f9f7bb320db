// The parts of the build that stand alone: the offline page, which contains its styles, script and
// texts, and the service worker that keeps it. Both have addresses without a hash.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { build, type Plugin, type Rolldown } from 'vite';
import { readCatalog, TRANSLATIONS } from './texts/catalogs.js';
import { hasMacros, SOURCES, translate } from './texts/messages.js';

export function offline(): Plugin {
  return {
    name: 'offline',
    apply: 'build',
    async generateBundle() {
      const { script, styles } = await bundle('offline-page.ts');
      const page = readFileSync(path.join(FOLDER, 'offline-page.html'), 'utf8')
        .replace(/\n\s*/g, '\n')
        .replace('</head>', () => `<style>${styles}</style>\n</head>`)
        .replace('</body>', () => `<script>${script.replaceAll('</script', '<\\/script')}</script>\n</body>`);
      this.emitFile({ type: 'asset', fileName: 'offline.html', source: page });
      const worker = await bundle('service-worker.ts');
      this.emitFile({ type: 'asset', fileName: 'service-worker.js', source: worker.script });
    },
  };
}

/** A build of its own: one script that imports nothing. */
async function bundle(entry: string): Promise<{ script: string; styles: string }> {
  const result = await build({
    configFile: false,
    root: FOLDER,
    publicDir: false,
    logLevel: 'warn',
    plugins: [offlineTexts()],
    build: {
      write: false,
      target: 'es2022',
      modulePreload: false,
      rolldownOptions: { input: path.join(FOLDER, entry), output: { format: 'es' } },
    },
  });
  const { output } = (Array.isArray(result) ? result[0] : result) as Rolldown.RolldownOutput;
  const styles = output.find((file) => file.type === 'asset' && file.fileName.endsWith('.css'));
  return { script: output[0].code.trim(), styles: styles?.type === 'asset' ? String(styles.source).trim() : '' };
}

/** Macros become calls, and the translations of the page's few texts a module. */
function offlineTexts(): Plugin {
  const name = 'virtual:offline-texts';
  return {
    name: 'offline-texts',
    enforce: 'pre',
    resolveId: (id) => (id === name ? `\0${name}` : null),
    load(id) {
      if (id !== `\0${name}`) return null;
      const file = path.join(FOLDER, 'offline-page.ts');
      const { messages } = translate(file, readFileSync(file, 'utf8'), true);
      const of = (translation: (id: string) => string | undefined) =>
        Object.fromEntries(messages.map(({ id, text }) => [id, translation(id) || text]));
      const translations = Object.fromEntries(TRANSLATIONS.map((one) => [one, of((id) => readCatalog(one).get(id))]));
      return `export const translations = ${JSON.stringify({ en: of(() => undefined), ...translations })};`;
    },
    transform(code, id) {
      return hasMacros(code) ? translate(id.split('?')[0]!, code, true).code : null;
    },
  };
}

const FOLDER = path.join(SOURCES, 'offline');
