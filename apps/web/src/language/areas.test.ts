import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { areaOf, hasMacros, SOURCES } from '../../texts/messages.js';

/** The texts that `app.tsx` loads with the pages of an area, beside its own. */
const LOADED: Record<string, string[]> = { place: ['call'], admin: ['account'] };

const sources = new Map(
  readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/\.(test|d)\.tsx?$/.test(name))
    .map((name) => [name, readFileSync(path.join(SOURCES, name), 'utf8')]),
);

/** The sources that a source imports at once; types and `import()` do not count. */
function importsOf(name: string): string[] {
  const found = [...(sources.get(name) ?? '').matchAll(/^(?:import|export) (?!type )[^;]*?from '(\.[^']+)\.js';$/gms)];
  return found.flatMap(([, specifier]) => {
    const target = path.join(path.dirname(name), specifier!);
    return [`${target}.ts`, `${target}.tsx`].filter((file) => sources.has(file));
  });
}

it('the pages of an area have the texts of all that they import', () => {
  const missing = [...sources.keys()].flatMap((name) => {
    const area = areaOf(name);
    if (area === 'base') return [];
    return importsOf(name)
      .filter((target) => hasMacros(sources.get(target)!))
      .filter((target) => !['base', area, ...(LOADED[area] ?? [])].includes(areaOf(target)))
      .map((target) => `${name} imports ${target}`);
  });
  expect(missing).toEqual([]);
  const app = sources.get('app.tsx')!;
  for (const [area, others] of Object.entries(LOADED)) {
    expect(app).toContain(`withTexts([${[...others, area].map((one) => `'${one}'`).join(', ')}]`);
  }
});
