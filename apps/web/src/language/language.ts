import { catalogs } from 'virtual:texts';
import { i18n } from './i18n.js';
import { directionOf, formatsFor, isLanguage, knownLanguage, type Language, languageFor } from './languages.js';

/** Texts that are loaded together (`apps/web/texts/messages.ts`). */
export type Area = 'base' | 'call' | 'account' | 'place' | 'admin';

/** Areas in use: another language loads them before it appears. */
const areas = new Set<Area>();
let wanted: Language = 'en';

/**
 * Loads the texts of the first page, in the chosen language or else the browser's, and sets the
 * language and direction of the document. To be called before anything is drawn. Where the texts
 * cannot be loaded it is English; it rejects where those cannot be loaded either.
 */
export async function openLanguage(): Promise<void> {
  areas.add('base');
  const language = ofFrame() ?? remembered() ?? languageFor(navigator.languages);
  await show(language).catch((error) => {
    if (language === 'en') throw error;
    return show('en');
  });
}

/**
 * Shows another language without a reload, and remembers it in this browser. Where its texts cannot
 * be loaded it rejects, and the language remains.
 */
export async function chooseLanguage(language: Language): Promise<void> {
  await show(language).catch((error) => {
    wanted = currentLanguage();
    throw error;
  });
  try {
    window.localStorage.setItem(KEY, language);
  } catch {
    // Private windows and full disks: it lasts as long as the page.
  }
}

/** A part of the app with the texts of its areas: both are loaded at once. */
export function withTexts<T>(needed: Area[], load: () => Promise<T>): () => Promise<T> {
  return async () => {
    const texts = needed.map(async (area) => {
      areas.add(area);
      await loadSomeTexts(wanted, area);
    });
    const [part] = await Promise.all([load(), ...texts]);
    return part;
  };
}

export function currentLanguage(): Language {
  return i18n.locale as Language;
}

/** For `Intl`: the language of dates, numbers and lists. */
export function formats(): string {
  return formatsFor(currentLanguage(), globalThis.navigator?.languages ?? []);
}

/** "Ada, Ben, and Cleo", or with "or". */
export function listOf(names: string[], type: 'conjunction' | 'disjunction' = 'conjunction'): string {
  return new Intl.ListFormat(formats(), { type }).format(names);
}

export function onLanguage(listener: () => void): () => void {
  return i18n.subscribe(listener);
}

async function show(language: Language): Promise<void> {
  wanted = language;
  await Promise.all([...areas].map((area) => loadTexts(language, area)));
  if (wanted !== language) return;
  i18n.activate(language, formatsFor(language, navigator.languages));
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
}

/** A second attempt, because networks fail for a moment. */
async function loadTexts(language: Language, area: Area): Promise<void> {
  const load = catalogs[language][area];
  const { messages } = await load().catch(load);
  i18n.load(language, messages);
}

/** English where the texts of the language cannot be loaded. */
async function loadSomeTexts(language: Language, area: Area): Promise<void> {
  await loadTexts(language, area).catch(async (error) => {
    if (language === 'en') throw error;
    const { messages } = await catalogs.en[area]();
    i18n.load(language, messages);
  });
}

/** The surrounding page of an embedded meeting chooses (`packages/embed`). */
function ofFrame(): Language | undefined {
  const { pathname, search } = window.location;
  const language = pathname.startsWith('/embed/') && new URLSearchParams(search).get('lang');
  return language ? knownLanguage(language) : undefined;
}

function remembered(): Language | undefined {
  try {
    const language = window.localStorage.getItem(KEY);
    return isLanguage(language) ? language : undefined;
  } catch {
    return undefined;
  }
}

const KEY = 'waterbus.language';
