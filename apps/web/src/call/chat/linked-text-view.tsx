import { linkedText } from './linked-text.js';

/** Text of others: never markup, and a link sends no referrer. */
export function LinkedText({ text }: { text: string }) {
  return linkedText(text).map((part, index) =>
    part.href ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of a text have no other identity
      <a key={index} href={part.href} target="_blank" rel="noopener noreferrer nofollow">
        {part.text}
      </a>
    ) : (
      part.text
    ),
  );
}
