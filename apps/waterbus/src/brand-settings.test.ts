import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { darkContrast, lightContrast } from './brand-colours.js';
import { brandedPage, brandFiles, brandIcons } from './branded-page.js';
import { readSettings } from './settings.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'brand-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string | Buffer) => {
  const at = path.join(folder, name);
  writeFileSync(at, content);
  return at;
};
const read = (environment: Record<string, string>) => {
  const result = readSettings(environment);
  return 'problems' in result ? result.problems : result.settings.brand;
};
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0]);
const PAGE =
  '<html><head><link rel="icon" type="image/svg+xml" href="/favicon.svg" /><title>Waterbus</title></head>' +
  '<body><noscript>Waterbus needs JavaScript.</noscript></body></html>';

it('leaves the page as it is without settings', () => {
  const brand = read({});
  if (Array.isArray(brand)) throw new Error(brand.join());
  expect(brandedPage(PAGE, brand)).toBe(PAGE);
  expect(brandFiles(brand)).toEqual([]);
});

it('puts name, logo, colours and links into the page, by addresses that change with the content', () => {
  const brand = read({
    BRAND_NAME: "Tom & Jerry's $& Meet",
    BRAND_LOGO: file('logo.svg', '<?xml version="1.0"?>\n<!-- ours -->\n<svg xmlns="http://www.w3.org/2000/svg"/>'),
    BRAND_ACCENT: '#7A1FA2',
    BRAND_IMPRINT: 'https://example.org/imprint?a=1&b=2',
    BRAND_PRIVACY: 'mailto:privacy@example.org',
  });
  if (Array.isArray(brand)) throw new Error(brand.join());
  const page = brandedPage(PAGE, brand);
  expect(page).toContain('<title>Tom &#38; Jerry&#39;s $&#38; Meet</title>');
  expect(page).toContain('<meta name="waterbus-imprint" content="https://example.org/imprint?a=1&#38;b=2" />');
  expect(page).toContain('<noscript>Tom &#38;');
  expect(page).not.toContain('/favicon.svg');
  const [logo, colours] = brandFiles(brand);
  expect(page).toContain(`href="${logo?.path}"`);
  expect(page).toContain(`<link rel="stylesheet" href="${colours?.path}" />`);
  expect(logo).toMatchObject({ path: expect.stringMatching(/^\/brand\/[0-9a-f]{16}\.svg$/), type: 'image/svg+xml' });
  // Legible in both themes, also where only one colour is set.
  expect(lightContrast(brand.accent?.light.accent ?? '')).toBeGreaterThanOrEqual(4.5);
  expect(darkContrast(brand.accent?.dark.accent ?? '')).toBeGreaterThanOrEqual(4.5);
  expect(String(colours?.content)).toMatch(/^:root\{(--[a-z-]+:#[0-9a-f]{6};?){4}\}@media/);
});

it.each([
  [16, 'any maskable'],
  [512, 'maskable'],
])('makes icons of a logo with %i pixels', (pixels, purpose) => {
  const size = Buffer.alloc(8);
  size.writeUInt32BE(pixels, 0);
  size.writeUInt32BE(pixels, 4);
  const brand = read({
    BRAND_LOGO: file(`${pixels}.png`, Buffer.concat([PNG, Buffer.from('IHDR'), size])),
  });
  if (Array.isArray(brand)) throw new Error(brand.join());
  const [logo, maskable] = brandFiles(brand);
  expect(brandIcons(brand)).toEqual([
    { src: logo?.path, type: 'image/png', sizes: `${pixels}x${pixels}` },
    { src: maskable?.path, type: 'image/svg+xml', sizes: 'any', purpose },
  ]);
  const link = '<link rel="apple-touch-icon" href="/icons/apple-touch.png" />';
  expect(brandedPage(link, brand)).toContain(`href="${logo?.path}"`);
});

it('knows the contrast of WCAG', () => {
  // Black on white is 21:1; the darkest ground here is lighter than black.
  expect(lightContrast('#000000')).toBeGreaterThan(15);
  expect(lightContrast('#767676')).toBeLessThan(4.5);
  expect(darkContrast('#ffffff')).toBeGreaterThan(10);
});

it.each([
  [{ BRAND_NAME: '<script>' }, 'BRAND_NAME: must have 1 to 40 characters'],
  [{ BRAND_NAME: 'A" <b@c>' }, 'BRAND_NAME: must have'],
  [{ BRAND_NAME: 'Line\nBcc: x@example.org' }, 'BRAND_NAME: must have'],
  [{ BRAND_NAME: 'right\u202eleft' }, 'BRAND_NAME: must have'],
  [{ BRAND_NAME: 'x'.repeat(41) }, 'BRAND_NAME: must have'],
  [{ BRAND_ACCENT: 'red;}body{display:none' }, 'BRAND_ACCENT: must be a colour'],
  [{ BRAND_ACCENT: '#ffee00' }, 'BRAND_ACCENT: is too light'],
  [{ BRAND_ACCENT: '#0b6b75', BRAND_ACCENT_DARK: '#0b6b75' }, 'BRAND_ACCENT_DARK: is too dark'],
  [{ BRAND_ACCENT_DARK: '#5fc9d3' }, 'BRAND_ACCENT: must be set too'],
  [{ BRAND_IMPRINT: 'javascript:alert(1)' }, 'BRAND_IMPRINT: must be an address'],
  [{ BRAND_PRIVACY: 'data:text/html,x' }, 'BRAND_PRIVACY: must be an address'],
  [{ BRAND_PRIVACY: `https://example.org/${'x'.repeat(500)}` }, 'BRAND_PRIVACY: must have 500'],
  [{ BRAND_LOGO: '/nowhere/logo.svg' }, 'BRAND_LOGO: names a file that cannot be read'],
])('refuses %j in one line', (environment, problem) => {
  const problems = read(environment);
  expect(problems).toEqual([expect.stringContaining(problem)]);
  expect(String(problems)).not.toContain('\n');
});

it('refuses logos that are no picture or too large', () => {
  const refused = (at: string) => String(read({ BRAND_LOGO: at }));
  expect(refused(file('page.svg', '<html><script>alert(1)</script></html>'))).toContain('must be an SVG or PNG');
  expect(refused(file('entity.svg', '<!DOCTYPE svg [<!ENTITY a "b">]><svg/>'))).toContain('must be an SVG or PNG');
  expect(refused(file('large.png', Buffer.concat([PNG, Buffer.alloc(256 * 1024)])))).toContain('256 KiB');
  expect(refused(folder)).toContain('cannot be read');
  // By its content, whatever its name is.
  expect(read({ BRAND_LOGO: file('logo.gif', PNG) })).toMatchObject({ logo: { type: 'image/png' } });
});
