/** The frame's name for screen readers, in the language that the frame will have. */
export function frameTitle(lang: string | undefined, ofBrowser: readonly string[]): { lang: string; title: string } {
  for (const tag of [lang ?? '', ...ofBrowser]) {
    const language = tag.toLowerCase().split('-')[0]!;
    const title = TITLES.get(language);
    if (title) return { lang: language, title };
  }
  return { lang: 'en', title: 'Meeting' };
}

/** In the app's languages (BCP 47). */
const TITLES = new Map([
  ['en', 'Meeting'],
  ['de', 'Meeting'],
  ['ar', 'اجتماع'],
]);
