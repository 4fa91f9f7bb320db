// Texts in the build: macros become calls, catalogs become modules `virtual:texts/LANGUAGE/AREA`.
import { compileMessage } from '@lingui/message-utils/compileMessage';
import type { Plugin } from 'vite';
import { catalogFile, type Extracted, readCatalog, TRANSLATIONS, type Translation } from './catalogs.js';
import {
  AREA_NAMES,
  type Area,
  areaOf,
  hasMacros,
  OFFLINE,
  sourcesWithTexts,
  type Translated,
  translate,
} from './messages.js';

/**
 * A build has short ids in place of Lingui's hashes, which do not compress, and no English texts in
 * the code: English is a catalog like the others. The development server and tests keep the texts in
 * the code. A text without a translation appears in English.
 */
export function texts(): Plugin {
  let building = false;
  let built: BuiltTexts | undefined;
  let script: string | undefined;
  return {
    name: 'texts',
    enforce: 'pre',
    configResolved({ command }) {
      building = command === 'build';
    },
    buildStart() {
      built = building ? new BuiltTexts() : undefined;
    },
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : null),
    load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return null;
      const [language, area] = id.slice(PREFIX.length + 2).split('/') as [string, Area | undefined];
      if (!area) return loadersOf(['en', ...TRANSLATIONS]);
      if (language !== 'en') this.addWatchFile(catalogFile(language as Translation));
      const messages = built ? built.catalog(language, area) : wholeCatalog(language);
      return `export const messages = ${JSON.stringify(messages)};`;
    },
    transform(code, id) {
      const file = id.split('?')[0]!;
      if (!/\.tsx?$/.test(file) || file.includes('node_modules') || !hasMacros(code)) return null;
      return built?.code(file) ?? asModule(translate(file, code, false));
    },
    generateBundle(_, bundle) {
      const catalogs: Record<string, string> = {};
      let home = '';
      for (const file of Object.values(bundle)) {
        if (file.type !== 'chunk' || !file.facadeModuleId) continue;
        const [, language] = /texts\/(\w+)\/base$/.exec(file.facadeModuleId) ?? [];
        if (language) catalogs[language] = `/${file.fileName}`;
        if (file.facadeModuleId.endsWith('/pages/home-page.tsx')) home = `/${file.fileName}`;
      }
      if (catalogs.en === undefined) return;
      const source = firstScript(catalogs, home);
      script = this.getFileName(this.emitFile({ type: 'asset', name: 'language.js', source }));
    },
    transformIndexHtml: () =>
      script ? [{ tag: 'script', attrs: { src: `/${script}` }, injectTo: 'head-prepend' as const }] : [],
  };
}

/** All texts of a build, collected before the first module, because catalogs are modules too. */
class BuiltTexts {
  #code = new Map<string, Translated>();
  #texts = new Map<string, Extracted & { short: string; areas: Set<Area> }>();
  #translations = new Map<string, Map<string, string>>(
    TRANSLATIONS.map((language) => [language, readCatalog(language)]),
  );

  constructor() {
    for (const { name, file, code } of sourcesWithTexts()) {
      if (name.startsWith(OFFLINE)) continue;
      const translated = translate(file, code, true);
      this.#code.set(file, translated);
      for (const message of translated.messages) {
        const known = this.#texts.get(message.id);
        if (known) known.areas.add(areaOf(name));
        else this.#texts.set(message.id, { ...message, files: [name], short: '', areas: new Set([areaOf(name)]) });
      }
    }
    const areas = (text: { areas: Set<Area> }) => AREA_NAMES.findIndex((area) => text.areas.has(area));
    const inOrder = [...this.#texts.values()].sort((a, b) => areas(a) - areas(b));
    for (const [index, text] of inOrder.entries()) text.short = index.toString(36);
  }

  code(file: string) {
    const translated = this.#code.get(file);
    if (!translated) return undefined;
    const code = translated.code.replace(/(\._\(|\bid: )"([^"]+)"/g, (whole, before: string, id: string) => {
      const text = this.#texts.get(id);
      return text ? `${before}"${text.short}"` : whole;
    });
    return asModule({ ...translated, code });
  }

  catalog(language: string, area: Area): object {
    const entries = [];
    for (const { id, text, short, areas } of this.#texts.values()) {
      if (areas.has(area)) entries.push([short, compiled(this.#translations.get(language)?.get(id) || text)]);
    }
    return Object.fromEntries(entries);
  }
}

/**
 * Runs before anything is drawn: sets the language and direction of the document, and begins to load
 * the texts, and the code of the home page on that page, while the app's code loads. It chooses the
 * language as `src/language` does.
 *
 * @param catalogs Addresses by language.
 * @param home The address of the home page's code.
 */
function firstScript(catalogs: Record<string, string>, home: string): string {
  return `{let c=${JSON.stringify(catalogs)},l;try{l=localStorage.getItem('waterbus.language')}catch{}
let f=location.pathname.startsWith('/embed/')&&new URLSearchParams(location.search).get('lang');
if(f&&(f=f.toLowerCase().split('-')[0])in c)l=f;
if(!(l in c))l=navigator.languages.map(t=>t.toLowerCase().split('-')[0]).find(t=>t in c)||'en';
let d=document;d.documentElement.lang=l;d.documentElement.dir=l=='ar'?'rtl':'ltr';
for(let a of location.pathname=='/'?[c[l],'${home}']:[c[l]]){let e=d.createElement('link');e.rel='modulepreload';e.href=a;d.head.append(e)}}`;
}

function asModule({ code, map }: Translated) {
  return { code, map: (map as { mappings: string } | null | undefined) ?? null };
}

function wholeCatalog(language: string): object {
  if (language === 'en') return {};
  const translations = [...readCatalog(language as Translation)].filter(([, text]) => text);
  return Object.fromEntries(translations.map(([id, text]) => [id, compiled(text)]));
}

/** A string where the text has no placeholders. */
function compiled(text: string): unknown {
  const message = compileMessage(text);
  return message.length === 1 && typeof message[0] === 'string' ? message[0] : message;
}

function loadersOf(languages: string[]): string {
  const areas = (language: string) =>
    AREA_NAMES.map((area) => `${area}: () => import('${PREFIX}/${language}/${area}')`).join(',\n');
  return `export const catalogs = {${languages.map((language) => `${language}: {${areas(language)}}`).join(',\n')}};`;
}

const PREFIX = 'virtual:texts';
