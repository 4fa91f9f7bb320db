import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Block, type Inline, markdown, plainText } from './markdown.js';

/** The marks as one text: `b(…)`, `i(…)`, `c(…)`, `a(…)`. */
const shown = (content: Inline[]): string =>
  content
    .map((one) => {
      if ('content' in one) return `${one.type[0]}(${shown(one.content)})`;
      return one.type === 'text'
        ? one.text
        : one.type === 'mention'
          ? `m(${one.text})`
          : `${one.type === 'code' ? 'c' : 'a'}(${one.text})`;
    })
    .join('');
const only = (text: string, names?: string[]) => {
  const [block, ...others] = markdown(text, names);
  expect(others).toEqual([]);
  return block?.type === 'paragraph' ? shown(block.content) : '';
};

describe('emphasis, code and links', () => {
  it.each([
    ['**bold** and *italic* and _italic_', 'b(bold) and i(italic) and i(italic)'],
    ['***both***', 'b(i(both))'],
    ['**a *b* c**', 'b(a i(b) c)'],
    ['*a **b** c*', 'i(a b(b) c)'],
    ['(**bold**), "*it*"!', '(b(bold)), "i(it)"!'],
    ['`**code**` **`c`**', 'c(**code**) b(c(c))'],
    ['**see https://example.org/a_b_c**', 'b(see a(https://example.org/a_b_c))'],
    ['over\n**two\nlines**', 'over\nb(two\nlines)'],
    ['שלום **עולם**', 'שלום b(עולם)'],
  ])('are found in %s', (text, found) => {
    expect(only(text)).toBe(found);
  });

  it.each([
    '2*3*4 = 24',
    'snake_case_name and __init__',
    '¯\\_(ツ)_/¯',
    '5 * 3 * 2',
    '**never closed',
    '*a **b',
    '****',
    '** **',
    '`',
    '<b>no</b> <script>alert(1)</script>',
    '[label](javascript:alert(1))',
    '#tag and # no heading',
    '| a | b |',
  ])('leave %s as it is', (text) => {
    expect(only(text)).toBe(text);
  });
});

it('mentions stand between marks, but not in code', () => {
  expect(only('Hi **@Ann Lee**, `@Ann` @Ann_ @Anna', ['Ann', 'Ann Lee'])).toBe(
    'Hi b(m(@Ann Lee)), c(@Ann) m(@Ann)_ @Anna',
  );
});

describe('blocks', () => {
  it('are paragraphs, code, quotes and lists', () => {
    const text =
      'Hello\n\n> he *said*\n> - one\n> > not twice\n- a\n- **b**\n3. c\n4) d\n```ts\nconst a = "**";\n\n```\nend';
    expect(markdown(text)).toMatchObject([
      { type: 'paragraph', content: [{ text: 'Hello' }] },
      {
        type: 'quote',
        blocks: [
          { type: 'paragraph', content: [{ text: 'he ' }, { type: 'italic' }] },
          { type: 'list', items: [[{ text: 'one' }]] },
          { type: 'paragraph', content: [{ text: '> not twice' }] },
        ],
      },
      { type: 'list', start: undefined, items: [[{ text: 'a' }], [{ type: 'bold' }]] },
      { type: 'list', start: 3, items: [[{ text: 'c' }], [{ text: 'd' }]] },
      { type: 'code', text: 'const a = "**";\n' },
      { type: 'paragraph', content: [{ text: 'end' }] },
    ]);
  });

  it('a fence without an end is text', () => {
    expect(only('```\nopen')).toBe('```\nopen');
  });
});

it('plain text has no marks, but every word', () => {
  expect(plainText('**Ben**: `a*b`\n> *yes*\n- one\n```\nx\n```')).toBe('Ben: a*b\nyes\none\nx');
});

describe('for any text', () => {
  const marks = fc.constantFrom(
    '*',
    '**',
    '_',
    '`',
    '```',
    '\n',
    '> ',
    '- ',
    '1. ',
    ' ',
    'a',
    'ü',
    'https://a.b/',
    '@',
    '\\',
  );
  const texts = fc.array(marks, { maxLength: 60 }).map((parts) => parts.join(''));

  it('no character is lost or made up, but marks and space', () => {
    const bare = (text: string) => text.replace(/[*_`>\s•-]|\d+[.)]/g, '');
    fc.assert(fc.property(texts, (text) => void expect(bare(plainText(text))).toBe(bare(text))));
  });

  it('the depth is bounded', () => {
    const depth = (one: Block | Inline): number => {
      if (!('content' in one) && !('blocks' in one) && !('items' in one)) return 0;
      const below = 'content' in one ? one.content : 'blocks' in one ? one.blocks : one.items.flat();
      return 1 + Math.max(0, ...below.map(depth));
    };
    fc.assert(
      fc.property(texts, (text) => void expect(Math.max(0, ...markdown(text).map(depth))).toBeLessThanOrEqual(5)),
    );
  });

  it('links lead to http and https alone', () => {
    const hrefs = (one: Block | Inline): string[] => {
      if ('href' in one) return [one.href];
      const below =
        'content' in one ? one.content : 'blocks' in one ? one.blocks : 'items' in one ? one.items.flat() : [];
      return below.flatMap(hrefs);
    };
    const schemes = fc.constantFrom(
      'javascript:',
      'data:',
      'https://',
      'HTTP://',
      'file://',
      '**',
      '`',
      ' ',
      'a.b',
      '/',
      '%0a',
    );
    const addresses = fc.array(schemes, { maxLength: 20 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(addresses, (text) => {
        for (const href of markdown(text).flatMap(hrefs)) expect(href).toMatch(/^https?:\/\/[^/]/);
      }),
    );
  });
});
