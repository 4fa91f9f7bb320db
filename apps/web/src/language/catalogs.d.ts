/** Made by `apps/web/texts/vite-plugin.ts`: the loaders of the catalogs, by language and area. */
declare module 'virtual:texts' {
  import type { Texts } from './i18n.js';

  export const catalogs: Record<
    'en' | 'de' | 'ar',
    Record<'base' | 'call' | 'account' | 'place' | 'admin', () => Promise<{ messages: Texts }>>
  >;
}
