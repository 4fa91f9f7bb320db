/** A person's picture, or a substitute. The name is written elsewhere, so this is decoration. */
export function Avatar({ name, picture }: { name: string; picture?: string | null }) {
  if (picture) return <img className="avatar" src={picture} alt="" />;
  return (
    <span className="avatar" data-hue={hueOf(name)} aria-hidden="true">
      {initialsOf(name)}
    </span>
  );
}

/**
 * The first letters of the first and the last word; a remark in brackets, such as a number, is not
 * part of the name.
 */
export function initialsOf(name: string): string {
  const words = name
    .replace(/\s\([^()]*\)\s*$/u, '')
    .trim()
    .split(/\s+/);
  const first = (word: string | undefined) => [...(word ?? '')][0] ?? '';
  const letters = first(words[0]) + (words.length > 1 ? first(words.at(-1)) : '');
  return letters.toLocaleUpperCase() || '?';
}

/** The same colour for the same name, on every screen. */
export function hueOf(name: string): number {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + character.codePointAt(0)!) % 65_521;
  return sum % HUES;
}

/** Colours in the style sheet. */
const HUES = 6;
