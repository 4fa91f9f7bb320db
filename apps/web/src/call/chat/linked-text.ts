export type TextPart = { text: string; href?: string };

/**
 * Splits a text into plain parts and links. Only whole http and https addresses become links; the
 * rest stays unchanged.
 */
export function linkedText(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const found of text.matchAll(/https?:\/\/[^\s<>"'`]+/gi)) {
    const written = withoutEnd(found[0]);
    const href = addressOf(written);
    if (!href) continue;
    if (found.index > end) parts.push({ text: text.slice(end, found.index) });
    parts.push({ text: written, href });
    end = found.index + written.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

function addressOf(written: string): string | undefined {
  if (!URL.canParse(written)) return undefined;
  const { protocol, hostname, href } = new URL(written);
  return (protocol === 'http:' || protocol === 'https:') && hostname ? href : undefined;
}

/**
 * Punctuation at a sentence's end is not part of the address; nor is a bracket that was opened
 * before it.
 */
function withoutEnd(address: string): string {
  for (;;) {
    const last = address.at(-1)!;
    const opened = last === ')' ? '(' : last === ']' ? '[' : undefined;
    const stray = opened ? countOf(address, last) > countOf(address, opened) : /[.,;:!?…*_]/.test(last);
    if (!stray) return address;
    address = address.slice(0, -1);
  }
}

function countOf(text: string, character: string): number {
  return text.split(character).length - 1;
}
