import { mentionPattern } from '@waterbus/react';
import { linkedText } from './linked-text.js';

/**
 * The subset of Markdown that messages may contain, as data: a view makes elements of it, and no
 * HTML exists in between. Everything else stays as it was written. A link shows its address, so
 * that no text can lie about it. Time is linear in the text, and the depth is bounded.
 */
export type Block =
  | { type: 'paragraph'; content: Inline[] }
  | { type: 'code'; text: string }
  | { type: 'quote'; blocks: Block[] }
  | { type: 'list'; start: number | undefined; items: Inline[][] };

export type Inline =
  | { type: 'text' | 'code' | 'mention'; text: string }
  | { type: 'link'; text: string; href: string }
  | { type: 'bold' | 'italic'; content: Inline[] };

/** `names`: of the mentioned people. */
export function markdown(text: string, names: readonly string[] = []): Block[] {
  return blocksOf(text.split('\n'), true, mentionPattern(names));
}

/** The text without marks, for notifications and announcements. */
export function plainText(text: string): string {
  return markdown(text).map(plainBlock).join('\n');
}

function blocksOf(lines: string[], quotes: boolean, mentions: RegExp | undefined): Block[] {
  const blocks: Block[] = [];
  const lastFence = lines.findLastIndex((line) => FENCE.test(line));
  let paragraph: string[] = [];
  const endParagraph = () => {
    // Empty lines between blocks are their distance, which the view sets.
    const from = paragraph.findIndex((line) => line.trim() !== '');
    const to = paragraph.findLastIndex((line) => line.trim() !== '') + 1;
    if (from >= 0) blocks.push({ type: 'paragraph', content: inline(paragraph.slice(from, to).join('\n'), mentions) });
    paragraph = [];
  };
  for (let at = 0; at < lines.length; ) {
    const line = lines[at]!;
    const run = (belongs: (line: string) => boolean) => {
      let end = at + 1;
      while (end < lines.length && belongs(lines[end]!)) end += 1;
      return end;
    };
    if (FENCE.test(line) && at < lastFence) {
      endParagraph();
      const end = run((other) => !FENCE.test(other));
      blocks.push({ type: 'code', text: lines.slice(at + 1, end).join('\n') });
      at = end + 1;
      continue;
    }
    const item = ITEM.exec(line);
    if (quotes && QUOTE.test(line)) {
      endParagraph();
      const end = run((other) => QUOTE.test(other));
      const quoted = lines.slice(at, end).map((other) => other.replace(QUOTE, ''));
      blocks.push({ type: 'quote', blocks: blocksOf(quoted, false, mentions) });
      at = end;
    } else if (item) {
      endParagraph();
      const ordered = item[1] !== undefined;
      const end = run((other) => (ITEM.exec(other)?.[1] !== undefined) === ordered && ITEM.test(other));
      const items = lines.slice(at, end).map((other) => inline(other.replace(ITEM, ''), mentions));
      blocks.push({ type: 'list', start: ordered ? Number(item[1]) : undefined, items });
      at = end;
    } else {
      paragraph.push(line);
      at += 1;
    }
  }
  endParagraph();
  return blocks;
}

/** Code and addresses first: marks in them are part of them. */
function inline(text: string, mentions: RegExp | undefined): Inline[] {
  const reader = new InlineReader();
  for (const part of partsOf(text, mentions)) {
    if (part.type !== 'plain') {
      reader.add(part);
      continue;
    }
    let end = 0;
    for (const found of part.text.matchAll(/\*+|_+/g)) {
      reader.add({ type: 'text', text: part.text.slice(end, found.index) });
      end = found.index + found[0].length;
      const before = text[part.at + found.index - 1] ?? ' ';
      const after = text[part.at + end] ?? ' ';
      reader.marks(found[0], OPENS_AFTER.test(before) && !/\s/.test(after), !/\s/.test(before) && !WORD.test(after));
    }
    reader.add({ type: 'text', text: part.text.slice(end) });
  }
  return reader.end();
}

type Mark = '*' | '**' | '_';

class InlineReader {
  #content: Inline[] = [];
  /** The emphases that have begun, each with the content before it. */
  readonly #open: { mark: Mark; before: Inline[] }[] = [];

  add(one: Inline): void {
    const last = this.#content.at(-1);
    if (one.type === 'text' && last?.type === 'text') last.text += one.text;
    else if (one.type !== 'text' || one.text) this.#content.push(one);
  }

  marks(run: string, opens: boolean, closes: boolean): void {
    const known = run.length <= 3 && !run.startsWith('__');
    if (!known) this.add({ type: 'text', text: run });
    let left = known ? run : '';
    while (left) {
      // Of three, the inner one ends first.
      const inner = this.#open.at(-1)?.mark;
      const mark = closes && inner && left.startsWith(inner) ? inner : ((left.slice(0, 2) || left) as Mark);
      left = left.slice(mark.length);
      const isOpen = this.#open.some((one) => one.mark === mark);
      if (closes && isOpen) this.#close(mark);
      // Each kind once: the depth is three at most.
      else if (opens && !isOpen) this.#begin(mark);
      else this.add({ type: 'text', text: mark });
    }
  }

  end(): Inline[] {
    while (this.#open.length > 0) this.#giveUp();
    return this.#content;
  }

  #begin(mark: Mark): void {
    this.#open.push({ mark, before: this.#content });
    this.#content = [];
  }

  /** With all that have begun in it. */
  #close(mark: Mark): void {
    while (this.#open.at(-1)!.mark !== mark) this.#giveUp();
    const content = this.#content;
    this.#content = this.#open.pop()!.before;
    if (content.length > 0) this.add({ type: mark === '**' ? 'bold' : 'italic', content });
    else this.add({ type: 'text', text: mark + mark });
  }

  /** A mark that is never closed is a character. */
  #giveUp(): void {
    const inside = this.#content;
    const { mark, before } = this.#open.pop()!;
    this.#content = before;
    this.add({ type: 'text', text: mark });
    for (const one of inside) this.add(one);
  }
}

type Part = { type: 'plain'; text: string; at: number } | Exclude<Inline, { content: unknown }>;

function partsOf(text: string, mentions: RegExp | undefined): Part[] {
  const parts: Part[] = [];
  const addPlain = (from: number, to: number) => {
    let at = from;
    for (const { text: piece, href } of linkedText(text.slice(from, to))) {
      if (href) parts.push({ type: 'link', text: piece, href });
      else parts.push(...mentionParts(piece, at, mentions));
      at += piece.length;
    }
  };
  let end = 0;
  for (const found of text.matchAll(/`([^`\n]+)`/g)) {
    addPlain(end, found.index);
    parts.push({ type: 'code', text: found[1]! });
    end = found.index + found[0].length;
  }
  addPlain(end, text.length);
  return parts;
}

function mentionParts(text: string, at: number, mentions: RegExp | undefined): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const found of mentions ? text.matchAll(mentions) : []) {
    parts.push({ type: 'plain', text: text.slice(end, found.index), at: at + end });
    parts.push({ type: 'mention', text: found[0] });
    end = found.index + found[0].length;
  }
  parts.push({ type: 'plain', text: text.slice(end), at: at + end });
  return parts;
}

function plainBlock(block: Block): string {
  switch (block.type) {
    case 'paragraph':
      return plainInline(block.content);
    case 'code':
      return block.text;
    case 'quote':
      return block.blocks.map(plainBlock).join('\n');
    case 'list':
      return block.items.map(plainInline).join('\n');
  }
}

function plainInline(content: Inline[]): string {
  return content.map((one) => ('content' in one ? plainInline(one.content) : one.text)).join('');
}

/** A language after it is not shown. */
const FENCE = /^```[\w+#.-]*\s*$/;
const QUOTE = /^> ?/;
/** A point, or a number of the first group. */
const ITEM = /^ {0,3}(?:[-*•]|(\d{1,4})[.)]) +(?=\S)/;

/** In a word, and after a backslash, marks are characters: `2*3*4`, `snake_case`, `¯\_(ツ)_/¯`. */
const OPENS_AFTER = /[\s([{"'“„«*_~>:,;.!?–—-]/;
const WORD = /[\p{L}\p{N}]/u;
