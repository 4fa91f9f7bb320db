// `npm run texts`: extracts the texts of the sources into the catalogs, and lists those that lack a
// translation.
import { extract, readCatalog, TRANSLATIONS, writeCatalog } from './catalogs.js';

const texts = extract();
for (const language of TRANSLATIONS) {
  writeCatalog(language, texts.values());
  const translations = readCatalog(language);
  const missing = [...texts.values()].filter(({ id }) => !translations.get(id));
  console.log(`${language}: ${texts.size} texts, ${missing.length} without a translation`);
  for (const { text, files } of missing) console.log(`  ${files[0]}: ${text}`);
}
