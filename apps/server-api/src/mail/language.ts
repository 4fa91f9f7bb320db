import type { IncomingHttpHeaders } from 'node:http';

/** The languages of mails and calendar files: those of the app. */
export const LANGUAGES = ['en', 'de', 'ar'] as const;
export type Language = (typeof LANGUAGES)[number];

/**
 * The language of the page that sends the request, by `Accept-Language` (RFC 9110 section 12.5.4);
 * undefined: none of ours.
 */
export function languageOf({ headers }: { headers: IncomingHttpHeaders }): Language | undefined {
  const wanted = (headers['accept-language'] ?? '').slice(0, LONGEST_HEADER).split(',').map(weighted);
  return wanted
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ tag }) => known(tag))
    .find((language) => language !== undefined);
}

/** The language of a tag (BCP 47), which another version may have stored; undefined: none of ours. */
export function known(tag: string | null | undefined): Language | undefined {
  const primary = tag?.toLowerCase().split('-')[0];
  return LANGUAGES.find((language) => language === primary);
}

function weighted(range: string): { tag: string; weight: number } {
  const [tag = '', ...parameters] = range.split(';').map((part) => part.trim());
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  return { tag, weight: quality === undefined ? 1 : Number(quality) || 0 };
}

/** Characters: browsers send fewer than 200. */
const LONGEST_HEADER = 1000;
