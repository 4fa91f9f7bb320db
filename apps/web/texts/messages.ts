// The texts of the app in its sources: what Lingui's macros mark, and the code that they become.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type NodePath, type PluginObj, transformSync, types } from '@babel/core';
import macro from '@lingui/babel-plugin-lingui-macro';
import { generateMessageId } from '@lingui/message-utils/generateMessageId';

export interface Message {
  /** Lingui's hash of text and context. */
  id: string;
  /** English, in ICU MessageFormat. */
  text: string;
  /** Distinguishes equal texts with different translations. */
  context: string | undefined;
}

export interface Translated {
  code: string;
  map: object | null | undefined;
  messages: Message[];
}

/** The app's sources. */
export const SOURCES = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), 'src');

/**
 * Texts that are loaded together, by the first folder or the file below `src` that contains them.
 * Everything else is `base`, which the first page loads.
 */
const AREAS = {
  call: ['call', 'lobby', 'devices', 'effects', 'connection', 'embed', 'pages/meeting-page.tsx'],
  account: ['account'],
  place: ['place'],
  admin: ['admin', 'outside-test'],
};

export type Area = 'base' | keyof typeof AREAS;

export const AREA_NAMES = ['base', ...Object.keys(AREAS)] as Area[];

/** Below `src`: the folder of the offline page, which contains its texts in every language. */
export const OFFLINE = 'offline/';

/** `file`: relative to `src`. */
export function areaOf(file: string): Area {
  const posix = file.replaceAll(path.sep, '/');
  for (const [area, parts] of Object.entries(AREAS)) {
    if (parts.some((part) => posix === part || posix.startsWith(`${part}/`))) return area as Area;
  }
  return 'base';
}

export function hasMacros(code: string): boolean {
  return /from '@lingui\/(core|react)\/macro'/.test(code);
}

/**
 * Replaces the macros of a source by calls of Lingui.
 *
 * @param strip Leaves out the English texts, which the catalogs contain.
 */
export function translate(file: string, code: string, strip: boolean): Translated {
  const messages: Message[] = [];
  const result = transformSync(code, {
    filename: file,
    configFile: false,
    babelrc: false,
    sourceMaps: true,
    parserOpts: { plugins: ['typescript', 'jsx'] },
    plugins: [
      [macro, { extract: true, stripMessageField: false, linguiConfig: config(file) }],
      collect(messages, strip),
    ],
  });
  return { code: result?.code ?? code, map: result?.map, messages };
}

/** Of every source with texts, in the order of their names: path relative to `src`. */
export function* sourcesWithTexts(): Generator<{ name: string; file: string; code: string }> {
  for (const name of (readdirSync(SOURCES, { recursive: true }) as string[]).sort()) {
    if (!/\.tsx?$/.test(name) || /\.test\.tsx?$/.test(name)) continue;
    const file = path.join(SOURCES, name);
    const code = readFileSync(file, 'utf8');
    if (hasMacros(code)) yield { name: name.replaceAll(path.sep, '/'), file, code };
  }
}

/** Lingui's configuration in its normalized form: the macros' packages, and the modules of the app that they use. */
function config(file: string) {
  const folder = path.dirname(file);
  const module = (name: string) => {
    const relative = path.relative(folder, path.join(SOURCES, 'language', name)).replaceAll(path.sep, '/');
    return relative.startsWith('.') ? relative : `./${relative}`;
  };
  return {
    locales: ['en'],
    sourceLocale: 'en',
    macro: { corePackage: ['@lingui/core/macro'], jsxPackage: ['@lingui/react/macro'] },
    runtimeConfigModule: {
      i18n: [module('i18n.js'), 'i18n'],
      useLingui: ['@lingui/react', 'useLingui'],
      Trans: [module('trans.js'), 'Trans'],
    },
  };
}

/** Notes the descriptors that the macros leave, which a comment marks. */
function collect(messages: Message[], strip: boolean): PluginObj {
  return {
    visitor: {
      ObjectExpression(found: NodePath<types.ObjectExpression>) {
        const { node } = found;
        if (!node.leadingComments?.some(({ value }) => value.trim() === 'i18n')) return;
        const text = textOf(node, 'message') ?? '';
        const context = textOf(node, 'context');
        messages.push({ id: generateMessageId(text, context), text, context });
        if (!strip) return;
        node.properties = node.properties.filter(
          (property) => !['message', 'context', 'comment'].includes(keyOf(property)),
        );
        node.leadingComments = null;
        const id = node.properties.length === 1 && textOf(node, 'id');
        if (id && found.parentPath.isCallExpression()) found.replaceWith(types.stringLiteral(id));
      },
    },
  };
}

function textOf(node: types.ObjectExpression, key: string): string | undefined {
  const property = node.properties.find((property) => keyOf(property) === key);
  if (!types.isObjectProperty(property)) return undefined;
  const { value } = property;
  if (types.isStringLiteral(value)) return value.value;
  if (types.isTemplateLiteral(value) && value.expressions.length === 0)
    return value.quasis[0]?.value.cooked ?? undefined;
  throw new Error(`A text with an unreadable ${key}: only literals are extracted.`);
}

function keyOf(property: types.ObjectExpression['properties'][number]): string {
  return types.isObjectProperty(property) && types.isIdentifier(property.key) ? property.key.name : '';
}
