// The script of the page that the service worker shows when the server cannot be reached. The build
// writes it, its styles and its texts into the page (apps/web/offline-plugin.ts).

import { translations } from 'virtual:offline-texts';
import { t } from '@lingui/core/macro';
import { i18n } from '../language/i18n.js';
import { directionOf, isLanguage, languageFor } from '../language/languages.js';
import { comeBack } from './come-back.js';
import './offline-page.css';

const html = document.documentElement;
html.lang = rememberedLanguage() ?? languageFor(navigator.languages);
html.dir = isLanguage(html.lang) ? directionOf(html.lang) : 'ltr';
for (const [language, texts] of Object.entries(translations)) i18n.load(language, texts);
i18n.activate(html.lang, html.lang);

const tryNow = comeBack({
  status: async () => (await fetch(window.location.href, { cache: 'no-store' })).status,
  reload: () => window.location.reload(),
  later: (work, milliseconds) => setTimeout(work, milliseconds),
});
write();
document.querySelector('button')!.onclick = tryNow;
window.addEventListener('offline', write);
window.addEventListener('online', () => {
  write();
  tryNow();
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) tryNow();
});

function write(): void {
  const there = navigator.onLine;
  document.querySelector('h1')!.textContent = there ? t`The server cannot be reached` : t`You’re offline`;
  document.querySelector('p')!.textContent = there
    ? t`This page opens by itself as soon as the server answers again.`
    : t`This page opens by itself as soon as you’re connected again.`;
  document.querySelector('button')!.textContent = t`Try again`;
}

function rememberedLanguage() {
  try {
    const language = window.localStorage.getItem('waterbus.language');
    return isLanguage(language) ? language : undefined;
  } catch {
    return undefined;
  }
}
