import { createHash } from 'node:crypto';
import type { AccentColours } from './brand-colours.js';
import type { Brand, BrandLogo } from './brand-settings.js';

/** A file of the brand: its address changes with its content. */
export interface BrandFile {
  path: string;
  type: string;
  content: string | Buffer;
}

/** An icon of the web manifest. */
export interface BrandIcon {
  src: string;
  type: string;
  sizes: string;
  purpose?: string;
}

/** Logo and colours. */
export function brandFiles({ logo, accent }: Brand): BrandFile[] {
  return [logo && fileOf(logo), accent && styleOf(accent), logo && maskableOf(logo)].filter(
    (file) => file !== undefined,
  );
}

/** Undefined: the product's. */
export function brandIcons({ logo }: Brand): BrandIcon[] | undefined {
  if (!logo) return undefined;
  const { path, type } = fileOf(logo);
  const maskable = maskableOf(logo);
  const pixels = type === 'image/png' ? widthOf(logo.content) : undefined;
  // Browsers install no page whose icons are smaller: the other one, which has any size, is in its place.
  const small = pixels !== undefined && pixels < LEAST_ICON;
  return [
    { src: path, type, sizes: pixels === undefined ? 'any' : `${pixels}x${pixels}` },
    { src: maskable.path, type: maskable.type, sizes: 'any', purpose: small ? 'any maskable' : 'maskable' },
  ];
}

/** The rules of the brand's colours; undefined without any. */
export function brandStyle({ accent }: Brand): string | undefined {
  return accent && rulesOf(accent);
}

/** The logo as a `data:` address, for a page that must not load it; undefined: the product's. */
export function logoAddress({ logo }: Pick<Brand, 'logo'>): string | undefined {
  return logo && `data:${logo.type};base64,${logo.content.toString('base64')}`;
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
    page = page
      .replace(/<link rel="icon"[^>]*>/, () => `<link rel="icon" type="${type}" href="${path}" />`)
      // Phones of Apple take PNG files alone.
      .replace(/\s*<link rel="apple-touch-icon"[^>]*>/, (link) =>
        type === 'image/png' ? link.replace(/href="[^"]*"/, () => `href="${path}"`) : '',
      );
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

/** The logo on a ground, within the circle that no launcher cuts (W3C Web Application Manifest, 4.7.3). */
function maskableOf(logo: BrandLogo): BrandFile {
  const image = `<image href="${logoAddress({ logo })}" x="116" y="116" width="280" height="280"/>`;
  const content = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512"><rect width="512" height="512" fill="#fff"/>${image}</svg>`;
  return { path: pathOf(content, 'svg'), type: 'image/svg+xml', content };
}

/** Pixels, from the first chunk (RFC 2083, section 4.1.1). */
function widthOf(png: Buffer): number {
  return png.length < 20 ? 0 : png.readUInt32BE(16);
}

function styleOf(accent: NonNullable<Brand['accent']>): BrandFile {
  const content = rulesOf(accent);
  return { path: pathOf(content, 'css'), type: 'text/css; charset=utf-8', content };
}

function rulesOf({ light, dark }: NonNullable<Brand['accent']>): string {
  return `:root{${variables(light)}}@media (prefers-color-scheme:dark){:root{${variables(dark)}}}`;
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

/** Pixels that Chromium requires of an icon. */
const LEAST_ICON = 144;
