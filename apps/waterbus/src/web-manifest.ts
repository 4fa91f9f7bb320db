import type { Brand } from './brand-settings.js';
import { brandIcons } from './branded-page.js';

/**
 * The manifest with which browsers install the page as an app (W3C Web Application Manifest), as
 * JSON. `id` never changes: with another one, an installed app would be another app.
 */
export function webManifest(brand: Brand): string {
  const name = brand.name ?? 'Waterbus';
  return JSON.stringify({
    id: '/',
    name,
    short_name: name,
    start_url: '/',
    scope: '/',
    display: 'standalone',
    // The ground of the light theme; a page with another theme names its own colour.
    background_color: '#f3f6f7',
    theme_color: '#f3f6f7',
    categories: ['communication', 'business'],
    // A link to a meeting opens a window of its own: the call in another one continues.
    launch_handler: { client_mode: 'navigate-new' },
    icons: brandIcons(brand) ?? OWN_ICONS,
  });
}

/** Files of apps/web/public. */
const OWN_ICONS = [
  { src: '/icons/192.png', type: 'image/png', sizes: '192x192' },
  { src: '/icons/512.png', type: 'image/png', sizes: '512x512' },
  { src: '/icons/maskable-512.png', type: 'image/png', sizes: '512x512', purpose: 'maskable' },
];
