// Finds links of a built site without a target: a file, and the element that a fragment names.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Addresses of the server beside the site, relative to its root. */
const OF_SERVER = /^rest\//;

/** Returns a line for each broken link between the site's own pages. */
export function brokenLinks(folder) {
  const pages = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.html'));
  const texts = new Map(pages.map((page) => [page, readFileSync(path.join(folder, page), 'utf8')]));
  const ids = new Map();
  const idsOf = (page) => {
    if (!ids.has(page)) ids.set(page, new Set([...texts.get(page).matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)));
    return ids.get(page);
  };
  const broken = new Set();
  for (const [page, text] of texts) {
    for (const [, address] of text.matchAll(/\s(?:href|src)="([^"]*)"/g)) {
      if (address === '' || /^(?:[a-z]+:|\/)/.test(address)) continue;
      const [file = '', fragment] = address.replaceAll('&amp;', '&').split('#');
      const target = file === '' ? page : path.join(path.dirname(page), decodeURIComponent(file.replace(/\?.*/, '')));
      if (OF_SERVER.test(target)) continue;
      if (!existsSync(path.join(folder, target))) broken.add(`${page}: ${address} is not there`);
      else if (fragment && target.endsWith('.html') && !idsOf(target).has(decodeURIComponent(fragment)))
        broken.add(`${page}: ${address} names no part of the page`);
    }
  }
  return [...broken].sort();
}
