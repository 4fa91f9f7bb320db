/** Made by `apps/web/offline-plugin.ts`: the texts of the offline page, by language. */
declare module 'virtual:offline-texts' {
  import type { Texts } from '../language/i18n.js';

  export const translations: Record<string, Texts>;
}
