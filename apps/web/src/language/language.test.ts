import { beforeEach, expect, it, vi } from 'vitest';

const failing = new Set<string>();
const asked: string[] = [];

vi.mock('virtual:texts', () => ({
  catalogs: Object.fromEntries(
    ['en', 'de', 'ar'].map((language) => [
      language,
      Object.fromEntries(
        ['base', 'call'].map((area) => [
          area,
          async () => {
            asked.push(`${language}/${area}`);
            if (failing.has(language)) throw new TypeError('Failed to fetch dynamically imported module');
            return { messages: { [area]: `${area} in ${language}` } };
          },
        ]),
      ),
    ]),
  ),
}));

const stored = new Map<string, string>();
const address = { pathname: '/', search: '' };
const documentElement = { lang: '', dir: '' };

beforeEach(() => {
  vi.resetModules();
  failing.clear();
  asked.length = 0;
  Object.assign(address, { pathname: '/', search: '' });
  stored.clear();
  vi.stubGlobal('navigator', { languages: ['de-AT', 'en'] });
  vi.stubGlobal('document', { documentElement });
  vi.stubGlobal('window', {
    location: address,
    localStorage: {
      getItem: (key: string) => stored.get(key),
      setItem: (key: string, value: string) => stored.set(key, value),
    },
  });
});

async function opened() {
  const language = await import('./language.js');
  const { i18n } = await import('./i18n.js');
  await language.openLanguage();
  return { ...language, i18n };
}

it('shows the browser’s language, and the chosen one from then on', async () => {
  const { i18n, chooseLanguage, formats } = await opened();
  expect([i18n._('base'), documentElement.lang, documentElement.dir]).toEqual(['base in de', 'de', 'ltr']);
  expect(formats()).toBe('de-AT');
  await chooseLanguage('ar');
  expect([i18n._('base'), documentElement.lang, documentElement.dir]).toEqual(['base in ar', 'ar', 'rtl']);
  vi.resetModules();
  expect((await opened()).i18n._('base')).toBe('base in ar');
});

it('shows the language that the page around an embedded meeting names, and only there', async () => {
  stored.set('waterbus.language', 'de');
  Object.assign(address, { pathname: '/embed/abc-defg-hjk', search: '?lang=ar-EG' });
  expect((await opened()).currentLanguage()).toBe('ar');
  for (const [pathname, search] of [
    ['/embed/abc-defg-hjk', '?lang=fr'],
    ['/m/abc-defg-hjk', '?lang=ar'],
  ]) {
    vi.resetModules();
    Object.assign(address, { pathname, search });
    expect((await opened()).currentLanguage()).toBe('de');
  }
});

it('loads the texts of another part with it, and of all parts in another language', async () => {
  const { i18n, chooseLanguage, withTexts } = await opened();
  expect(await withTexts(['call'], async () => 'part')()).toBe('part');
  expect(i18n._('call')).toBe('call in de');
  await chooseLanguage('ar');
  expect(i18n._('call')).toBe('call in ar');
});

it('falls back to English where a catalog is lost, after a second attempt', async () => {
  failing.add('de');
  const { i18n, withTexts } = await opened();
  expect(asked).toEqual(['de/base', 'de/base', 'en/base']);
  expect([i18n._('base'), documentElement.lang]).toEqual(['base in en', 'en']);
  await withTexts(['call'], async () => 'part')();
  expect(i18n._('call')).toBe('call in en');
});

it('shows a later part in English where only its catalog is lost', async () => {
  const { i18n, withTexts } = await opened();
  failing.add('de');
  await withTexts(['call'], async () => 'part')();
  expect([i18n._('base'), i18n._('call')]).toEqual(['base in de', 'call in en']);
  failing.add('en');
  await expect(withTexts(['call'], async () => 'part')()).rejects.toThrow();
});

it('keeps the language where another one cannot be loaded, and rejects without any', async () => {
  const { i18n, chooseLanguage, withTexts } = await opened();
  failing.add('ar');
  await expect(chooseLanguage('ar')).rejects.toThrow();
  expect([i18n._('base'), stored.size]).toEqual(['base in de', 0]);
  await withTexts(['call'], async () => 'part')();
  expect(i18n._('call')).toBe('call in de');
  failing.add('en').add('de');
  vi.resetModules();
  await expect(opened()).rejects.toThrow();
});
