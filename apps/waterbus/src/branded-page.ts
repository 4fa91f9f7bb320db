import { createHash } from 'node:crypto';
import type { AccentColours } from './brand-colours.js';
import type { Brand, BrandLogo } from './brand-settings.js';

/** A file of the brand: its address changes with its content. */
export interface BrandFile {
  path: string;
  type: string;
  content: string | Buffer;
}

/** Logo and colours. */
export function brandFiles({ logo, accent }: Brand): BrandFile[] {
  return [logo && fileOf(logo), accent && styleOf(accent)].filter((file) => file !== undefined);
}

/**
 * The built index.html with name, logo, colours and links: the first picture shows them already.
 * Without settings it stays as it is.
 */
export function brandedPage(html: string, { name, logo, accent, links }: Brand): string {
  let page = html;
  if (name !== undefined) {
    page = page
      .replace(/<title>[^<]*<\/title>/, () => `<title>${escaped(name)}</title>`)
      .replace(/(<noscript>)Waterbus\b/, (_, tag: string) => `${tag}${escaped(name)}`);
  }
  if (logo) {
    const { path, type } = fileOf(logo);
    page = page.replace(/<link rel="icon"[^>]*>/, () => `<link rel="icon" type="${type}" href="${path}" />`);
  }
  const head = [
    name !== undefined && meta('application-name', name),
    links.imprint && meta('waterbus-imprint', links.imprint),
    links.privacy && meta('waterbus-privacy', links.privacy),
    // After the styles of the build, whose values it replaces.
    accent && `<link rel="stylesheet" href="${styleOf(accent).path}" />`,
  ].filter(Boolean);
  return page.replace('</head>', () => `${head.map((line) => `  ${line}\n  `).join('')}</head>`);
}

function fileOf({ content, type }: BrandLogo): BrandFile {
  return { path: pathOf(content, type === 'image/png' ? 'png' : 'svg'), type, content };
}

function styleOf({ light, dark }: { light: AccentColours; dark: AccentColours }): BrandFile {
  const content = `:root{${variables(light)}}@media (prefers-color-scheme:dark){:root{${variables(dark)}}}`;
  return { path: pathOf(content, 'css'), type: 'text/css; charset=utf-8', content };
}

function variables({ accent, strong, onAccent, soft }: AccentColours): string {
  return `--accent:${accent};--accent-strong:${strong};--on-accent:${onAccent};--accent-soft:${soft}`;
}

function pathOf(content: string | Buffer, extension: string): string {
  return `/brand/${createHash('sha256').update(content).digest('hex').slice(0, 16)}.${extension}`;
}

function meta(name: string, content: string): string {
  return `<meta name="${name}" content="${escaped(content)}" />`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
