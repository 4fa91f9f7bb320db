import * as z from 'zod';

/** The reason in the error answer. Defined first, since the schemas below use it. */
export const NOTHING_VISIBLE = 'at least one character must be visible';

/** A display name that a user chooses: 1-64 characters, at least one of them visible. */
export const displayNameSchema = shownText(64);

/**
 * A stored or signed name or title: earlier versions accepted text that `shownText` refuses, and it
 * must still be shown.
 */
export const storedNameSchema = z.string().min(1).max(120);

/**
 * Text for display on one line. Stored in NFC, without invisible characters (except those that join
 * and choose glyphs, as in emoji and Persian), with one space in place of several. Refused: control
 * characters, which could break the line, characters that change its direction, and text without a
 * visible character.
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

/** False for text of spaces, joiners, fillers and marks without a letter only. */
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
 * Default_Ignorable_Code_Point of Unicode, without joiners, variation selectors and tags (flags of
 * regions), and without the embeddings, overrides and isolates that are refused.
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
