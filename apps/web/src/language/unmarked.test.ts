import { beforeAll, expect, it } from 'vitest';
import { type Finding, type Findings, unmarkedTexts, unmarkedTextsOf } from '../../texts/unmarked.js';

/** Equal in every language. */
const EXCEPTIONS: Record<string, string> = {
  'https://example.org/hooks': 'an address',
  'abc-defg-hjk': 'a code of a meeting',
  RTT: 'an abbreviation of webrtc-stats',
};

let found: Findings;
beforeAll(() => {
  found = unmarkedTexts();
});

it('marks every text for translation', () => {
  expect(
    found.literals.filter(({ text }) => !(text in EXCEPTIONS)).map(line),
    'Write t`…` or <Trans>, or name an exception in unmarked.test.ts (CONTRIBUTING.md, "Texts of the app").',
  ).toEqual([]);
});

it('names no exception that is gone', () => {
  const texts = new Set(found.literals.map(({ text }) => text));
  expect(Object.keys(EXCEPTIONS).filter((text) => !texts.has(text))).toEqual([]);
});

it('computes texts while a component renders', () => {
  expect(found.early.map(line), 'Move these macros into a function: the language is chosen later.').toEqual([]);
});

it('gives each value of a text a name of its own', () => {
  expect(found.ambiguous.map(line), 'Two values of these texts have one name; the last would appear twice.').toEqual(
    [],
  );
});

it('finds what is written in children, attributes and properties', () => {
  const literals = (code: string) => unmarkedTextsOf('a.tsx', code).literals.map(({ text }) => text);
  expect(literals('<p>Hello <b>·</b> {open ? "yes" : "no" + maybe}</p>')).toEqual(['Hello', 'yes', 'no']);
  expect(literals('<img alt="A cat" title={text ?? "None"} className="cat" />')).toEqual(['A cat', 'None']);
  expect(literals('<><Row label="Name" /><input name="name" /></>')).toEqual(['Name']);
  expect(literals('const columns = [{ title: "Name", kind: "number" }]')).toEqual(['Name']);
  expect(literals(`<p title={\`A \${cat}\`}>{cat}</p>`)).toEqual(['A']);
  const macros = "import { t } from '@lingui/core/macro'; import { Trans } from '@lingui/react/macro';";
  expect(literals(`${macros}<p title={t\`Cat\`}><Trans>Some <b>text</b></Trans></p>`)).toEqual([]);
});

it('finds macros of modules, also under other names', () => {
  const early = (code: string) =>
    unmarkedTextsOf('a.ts', `import { plural, t as text } from '@lingui/core/macro';${code}`).early.length;
  expect(early('const a = text`A`; class A { static a = text({ message: "A" }) } const b = [plural(1, {})];')).toBe(3);
  expect(early('const a = () => text`A`; class A { a = text`A`; b() { return text`A`; } }')).toBe(0);
});

it('finds two values with one name', () => {
  const ambiguous = (text: string) =>
    unmarkedTextsOf('a.ts', `import { t } from '@lingui/core/macro'; t\`${text}\``).ambiguous.length;
  expect(ambiguous(`\${{ name: key.name }} of \${{ name: owner.name }}`)).toBe(1);
  expect(ambiguous(`\${{ name: key.name }} of \${{ owner: owner.name }}, \${{ name: key.name }}`)).toBe(0);
});

function line({ place, text }: Finding): string {
  return `${place}: ${text}`;
}
