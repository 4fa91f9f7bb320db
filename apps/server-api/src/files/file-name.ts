import { CodedError, isVisible, LONGEST_FILE_NAME } from '@waterbus/protocol';

/**
 * The name under which a file is shown and saved: the last part of a path, in NFC, without
 * characters that are invisible, break the line or change the direction, which can hide the end of
 * a name. A long name keeps its end. Throws `request.invalid` when nothing visible is left.
 */
export function cleanFileName(name: string): string {
  const last = name.normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const clean = last
    .replace(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\u200b\ufeff]/gu, '')
    .replace(/[<>:"|?*]/g, '_')
    .replace(/\p{Zs}+/gu, ' ')
    // A leading dot hides a file, and Windows removes those at the end.
    .replace(/^[. ]+|[. ]+$/g, '');
  if (!isVisible(clean)) throw new CodedError('request.invalid', 'name: at least one character must be visible');
  return shortened(clean);
}

/** The end of a name after its last dot, in lower case; empty without one. */
export function endOfName(name: string): string {
  return /\.([^.]{1,20})$/.exec(name)?.[1]?.toLowerCase() ?? '';
}

function shortened(name: string): string {
  const characters = [...name];
  if (name.length <= LONGEST_FILE_NAME) return name;
  const end = /\.[^.]{1,20}$/.exec(name)?.[0] ?? '';
  // A character outside of the basic plane counts as two.
  let begin = '';
  for (const character of characters) {
    if (begin.length + character.length + end.length > LONGEST_FILE_NAME) break;
    begin += character;
  }
  return begin + end;
}
