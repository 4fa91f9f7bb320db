// Texts of the app that Lingui's macros cannot translate: literals without a macro, macros that are
// evaluated once for a module, and two values with one name.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type NodePath, parseSync, traverse, types } from '@babel/core';
import { SOURCES } from './messages.js';

export interface Finding {
  /** Relative to `src`, with the line. */
  place: string;
  text: string;
}

export interface Findings {
  /** Words among an element's children, or in an attribute or property that people read. */
  literals: Finding[];
  /** Macros outside of functions: their language is that of the first moment. */
  early: Finding[];
  /** Placeholders of one text that share a name, so that the last value appears twice. */
  ambiguous: Finding[];
}

export function unmarkedTexts(): Findings {
  const findings: Findings = { literals: [], early: [], ambiguous: [] };
  for (const name of (readdirSync(SOURCES, { recursive: true }) as string[]).sort()) {
    if (!/\.tsx?$/.test(name) || /\.(test|contract)\.tsx?$|\.d\.ts$/.test(name)) continue;
    const found = unmarkedTextsOf(name.replaceAll(path.sep, '/'), readFileSync(path.join(SOURCES, name), 'utf8'));
    for (const kind of Object.keys(findings) as (keyof Findings)[]) findings[kind].push(...found[kind]);
  }
  return findings;
}

export function unmarkedTextsOf(name: string, code: string): Findings {
  const findings: Findings = { literals: [], early: [], ambiguous: [] };
  const plugins: ['typescript', ...'jsx'[]] = name.endsWith('x') ? ['typescript', 'jsx'] : ['typescript'];
  const file = parseSync(code, { filename: name, configFile: false, babelrc: false, parserOpts: { plugins } });
  if (!file) throw new Error(`${name} cannot be parsed.`);
  const note = (kind: keyof Findings, { loc }: types.Node, text: string) =>
    findings[kind].push({ place: `${name}:${loc?.start.line}`, text: text.trim().replace(/\s+/g, ' ') });
  const literals = (value: types.Node | null | undefined) => {
    for (const { node, text } of literalsOf(value)) if (WORD.test(text)) note('literals', node, text);
  };
  const macros = new Map<string, string>();
  const early = (found: NodePath, macro: types.Node) => {
    if (types.isIdentifier(macro) || types.isJSXIdentifier(macro)) {
      const imported = macros.get(macro.name);
      if (imported && !LATE.includes(imported) && isAtModuleLevel(found))
        note('early', found.node, code.slice(found.node.start!, found.node.end!));
    }
  };
  traverse(file, {
    ImportDeclaration({ node }) {
      if (!/^@lingui\/(core|react)\/macro$/.test(node.source.value)) return;
      for (const { local, ...one } of node.specifiers)
        macros.set(local.name, 'imported' in one && types.isIdentifier(one.imported) ? one.imported.name : local.name);
    },
    JSXText(found) {
      if (!isTranslated(found, macros)) literals(found.node);
    },
    JSXExpressionContainer(found) {
      if (!found.parentPath.isJSXAttribute() && !isTranslated(found, macros)) literals(found.node.expression);
    },
    JSXAttribute(found) {
      if (isRead(found)) literals(found.node.value);
    },
    ObjectProperty({ node }) {
      if (name.endsWith('x') && types.isIdentifier(node.key) && READ_IN_OBJECTS.includes(node.key.name))
        literals(node.value);
    },
    JSXOpeningElement: (found) => early(found, found.node.name),
    CallExpression: (found) => early(found, found.node.callee),
    TaggedTemplateExpression(found) {
      const { tag, quasi } = found.node;
      early(found, tag);
      if (types.isIdentifier(tag) && macros.has(tag.name) && sharesName(quasi.expressions, code))
        note('ambiguous', quasi, code.slice(quasi.start!, quasi.end!));
    },
  });
  return findings;
}

/** The literals that an expression may evaluate to, or that it glues. */
function* literalsOf(value: types.Node | null | undefined): Generator<{ node: types.Node; text: string }> {
  if (types.isStringLiteral(value) || types.isJSXText(value)) yield { node: value, text: value.value };
  else if (types.isTemplateLiteral(value)) {
    for (const node of value.quasis) yield { node, text: node.value.cooked ?? '' };
    for (const expression of value.expressions) yield* literalsOf(expression);
  } else if (types.isJSXExpressionContainer(value)) yield* literalsOf(value.expression);
  else if (types.isConditionalExpression(value)) {
    yield* literalsOf(value.consequent);
    yield* literalsOf(value.alternate);
  } else if (types.isLogicalExpression(value) || (types.isBinaryExpression(value) && value.operator === '+')) {
    yield* literalsOf(value.left);
    yield* literalsOf(value.right);
  }
}

function isTranslated(found: NodePath, macros: Map<string, string>): boolean {
  return !!found.findParent(
    ({ node }) =>
      types.isJSXElement(node) &&
      types.isJSXIdentifier(node.openingElement.name) &&
      macros.has(node.openingElement.name.name),
  );
}

function isRead({ node, parent }: NodePath<types.JSXAttribute>): boolean {
  if (!types.isJSXIdentifier(node.name)) return false;
  if (READ.includes(node.name.name)) return true;
  const element = types.isJSXOpeningElement(parent) && types.isJSXIdentifier(parent.name) ? parent.name.name : '';
  return /^[A-Z]/.test(element) && READ_BY_COMPONENTS.includes(node.name.name);
}

/** Neither in a function nor in a field that each object has of its own. */
function isAtModuleLevel(found: NodePath): boolean {
  return !found.findParent(({ node }) => types.isFunction(node) || (types.isClassProperty(node) && !node.static));
}

/** Whether `${{ name: one }} … ${{ name: another }}` occurs. */
function sharesName(expressions: types.Node[], code: string): boolean {
  const values = new Map<string, string>();
  for (const expression of expressions) {
    if (!types.isObjectExpression(expression)) continue;
    for (const property of expression.properties) {
      if (!types.isObjectProperty(property) || !types.isIdentifier(property.key)) continue;
      const value = code.slice(property.value.start!, property.value.end!);
      if ((values.get(property.key.name) ?? value) !== value) return true;
      values.set(property.key.name, value);
    }
  }
  return false;
}

const WORD = /\p{L}/u;

/** Macros whose text is chosen later. */
const LATE = ['msg', 'defineMessage', 'useLingui'];

/** Attributes of elements and components that people read or hear. */
const READ = [
  'aria-label',
  'aria-description',
  'aria-roledescription',
  'aria-valuetext',
  'alt',
  'placeholder',
  'title',
];

/** Properties by which this app's components take such texts. */
const READ_BY_COMPONENTS = ['label', 'name', 'text', 'hint', 'empty', 'done', 'confirm', 'question'];

/** Properties of objects that describe columns, entries of menus and such. */
const READ_IN_OBJECTS = ['title', 'label'];
