import { compileMessage } from '@lingui/message-utils/compileMessage';
import { expect, it } from 'vitest';
import { type Extracted, extract, readCatalog, TRANSLATIONS } from '../../texts/catalogs.js';

const texts = extract();

it.each(TRANSLATIONS)('translates with the same placeholders and elements: %s', (language) => {
  for (const { id, text } of texts.values()) {
    const translation = readTranslation(language, id);
    if (translation) expect(placeholders(translation), translation).toEqual(placeholders(text));
  }
});

it.each(TRANSLATIONS)('has the texts of the sources, no others, and translates each: %s', (language) => {
  const catalog = catalogs.get(language)!;
  const described = ({ text, context, files }: Extracted) => `${files[0]}: ${text}${context ? ` (${context})` : ''}`;
  expect(
    {
      notInTheCatalog: [...texts.values()].filter(({ id }) => !catalog.has(id)).map(described),
      notInTheSources: [...catalog].filter(([id]) => !texts.has(id)).map(([, translation]) => translation),
      notTranslated: [...texts.values()].filter(({ id }) => catalog.get(id) === '').map(described),
    },
    `Run "npm run texts", then translate what is empty in apps/web/texts/catalogs/${language}.po.`,
  ).toEqual({ notInTheCatalog: [], notInTheSources: [], notTranslated: [] });
});

const catalogs = new Map(TRANSLATIONS.map((language) => [language, readCatalog(language)]));

function readTranslation(language: (typeof TRANSLATIONS)[number], id: string): string | undefined {
  return catalogs.get(language)?.get(id);
}

/** Names of values, and tags, of a text and of all its forms. */
function placeholders(text: string): string[] {
  const found = new Set<string>(text.match(/<\/?\w+\/?>/g));
  const collect = (pieces: unknown) => {
    if (!Array.isArray(pieces)) return;
    for (const piece of pieces) {
      if (!Array.isArray(piece)) continue;
      const [name, kind, cases] = piece;
      found.add(kind ? `${name} ${kind}` : name);
      if (typeof cases === 'object') for (const form of Object.values(cases)) collect(form);
    }
  };
  collect(compileMessage(text));
  return [...found].sort();
}
