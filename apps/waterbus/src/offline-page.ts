import { createHash } from 'node:crypto';
import type { Brand } from './brand-settings.js';
import { brandedPage, brandStyle, logoAddress } from './branded-page.js';

/** A page that needs nothing else: styles, script and logo are in it. */
export interface OfflinePage {
  html: string;
  /** Its Content-Security-Policy: what is in it, by its hash, and requests for the server's return. */
  policy: string;
}

/**
 * The built offline.html with the brand, which the page's service worker keeps and shows when the
 * server cannot be reached.
 *
 * @param favicon The product's logo, an SVG.
 */
export function offlinePage(html: string, brand: Brand, favicon: string): OfflinePage {
  const style = brandStyle(brand);
  const page = brandedPage(html, { ...brand, logo: undefined, accent: undefined, links: {} })
    .replaceAll('/favicon.svg', () => logoAddress(brand) ?? dataAddress('image/svg+xml', favicon))
    .replace('</head>', () => (style ? `<style>${style}</style></head>` : '</head>'));
  const hashes = (tag: string) =>
    [...page.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))].map(
      ([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
    );
  const policy = [
    "default-src 'none'",
    ['script-src', ...hashes('script')].join(' '),
    ['style-src', ...hashes('style')].join(' '),
    'img-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return { html: page, policy };
}

/**
 * The service worker as browsers receive it. Its text changes with the offline page, so that
 * browsers take it again (Service Workers, 8.5: compared byte by byte) and keep the new page.
 */
export function serviceWorker(script: string, page: OfflinePage): string {
  const version = createHash('sha256').update(page.html).update(page.policy).digest('hex').slice(0, 16);
  return `// ${version}\n${script}`;
}

/** For a server without one: it ends the worker that browsers have, and deletes what it has kept. */
export const ENDING_WORKER = `self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(
  caches.delete('waterbus-offline').then(() => self.registration.unregister()),
));
`;

function dataAddress(type: string, content: string | Buffer): string {
  return `data:${type};base64,${Buffer.from(content).toString('base64')}`;
}
