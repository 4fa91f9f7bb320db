/**
 * A password in its compared form: the mapping of RFC 8265 section 4.2.2 (PRECIS OpaqueString).
 * Keyboards write one letter as one code point or as a letter and a mark, and a space in several
 * ways; the person who types sees no difference.
 */
export function opaqueString(password: string): string {
  return password.replace(/\p{Zs}/gu, ' ').normalize('NFC');
}
