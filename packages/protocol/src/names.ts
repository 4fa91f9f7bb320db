import { z } from 'zod';

/** The reason for whoever sent it. First here, since the schemas below are made with it. */
export const NOTHING_VISIBLE = 'at least one character must be visible';

/** A display name that somebody chooses: 1-64 characters, of which one can be seen. */
export const displayNameSchema = shownText(64);

/** A name or a title as it was stored or signed: earlier versions took what `shownText` refuses, and it has to be shown all the same. */
export const storedNameSchema = z.string().min(1).max(120);

/**
 * Text that others are shown, on one line. Stored in NFC, without characters that cannot be seen (but those that join and choose
 * glyphs, as in emoji and Persian), with one space where there were several. Refused: control characters, which could break the
 * line, those that turn it around, and text of which nothing can be seen.
 */
export function shownText(longest: number) {
  return z
    .string()
    .overwrite(prepared)
    .min(1)
    .max(longest)
    .refine((text) => !/[\p{Cc}\p{Bidi_Control}]/u.test(text), 'control characters are not allowed')
    .refine(isVisible, NOTHING_VISIBLE);
}

/** False for spaces, joiners, fillers and marks without a letter. */
export function isVisible(text: string): boolean {
  return VISIBLE.test(text);
}

function prepared(text: string): string {
  return text
    .normalize('NFC')
    .replace(INVISIBLE, '')
    .replace(/\p{Zs}+/gu, ' ')
    .trim();
}

/**
 * Default_Ignorable_Code_Point of Unicode, without joiners, variation selectors and tags (flags of regions), and without the
 * embeddings, overrides and isolates that are refused.
 */
const INVISIBLE = new RegExp(
  `(?!${[
    '\\u200c',
    '\\u200d',
    '[\\u180b-\\u180d\\u180f\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}]',
    '[\\u{e0020}-\\u{e007f}]',
    '[\\u202a-\\u202e\\u2066-\\u2069]',
  ].join('|')})\\p{Default_Ignorable_Code_Point}`,
  'gu',
);

/** U+2800 is the Braille pattern without dots. */
const VISIBLE = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Cs}\p{M}\u2800]/u;
