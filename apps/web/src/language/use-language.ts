import { useSyncExternalStore } from 'react';
import { currentLanguage, onLanguage } from './language.js';
import type { Language } from './languages.js';

/** Renders again when the texts change: the app's root and what is memoized need it. */
export function useLanguage(): Language {
  return useSyncExternalStore(onLanguage, currentLanguage);
}
