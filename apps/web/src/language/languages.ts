/** The app's languages: English in the sources, the others by catalogs. */
export const LANGUAGES = [
  { code: 'en', name: 'English', direction: 'ltr' },
  { code: 'de', name: 'Deutsch', direction: 'ltr' },
  { code: 'ar', name: 'العربية', direction: 'rtl' },
] as const;

export type Language = (typeof LANGUAGES)[number]['code'];

export function isLanguage(text: string | null | undefined): text is Language {
  return LANGUAGES.some(({ code }) => code === text);
}

/** Of a tag (BCP 47); undefined: none of ours. */
export function knownLanguage(tag: string): Language | undefined {
  const language = primary(tag);
  return isLanguage(language) ? language : undefined;
}

/** The first of the user's languages (BCP 47, as `navigator.languages`) that the app has. */
export function languageFor(wanted: readonly string[]): Language {
  return wanted.map(primary).find(isLanguage) ?? 'en';
}

/**
 * The language of dates and numbers: with the user's region where the browser names one for this
 * language.
 */
export function formatsFor(language: Language, wanted: readonly string[]): string {
  return wanted.find((tag) => primary(tag) === language) ?? language;
}

export function directionOf(language: Language): 'ltr' | 'rtl' {
  return LANGUAGES.find(({ code }) => code === language)!.direction;
}

function primary(tag: string): string {
  return tag.toLowerCase().split('-')[0]!;
}
