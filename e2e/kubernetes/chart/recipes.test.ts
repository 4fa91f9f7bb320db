import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { merged, render, type Values } from './rendered.js';
import { faultsOf } from './schemas.js';

const document = readFileSync(new URL('../../../docs/kubernetes.md', import.meta.url), 'utf8');

/** Blocks whose first line names a file of values. */
const recipes = new Map(
  [...document.matchAll(/```\n# (\w+)\.yaml\n([\s\S]*?)```/g)].map(([, name, text]) => [name!, parse(text!) as Values]),
);
const common = recipes.get('common') ?? {};

it.each([
  ['cloud', 'hostNetwork', 0],
  ['private', 'loadBalancer', 3],
  ['metal', 'loadBalancer', 2],
])('the recipe %s of the documentation renders', (name, mode, services) => {
  const values = merged(common, recipes.get(name)!);
  expect(values).toMatchObject({ ws: { media: { mode } } });
  const objects = render(values);
  expect(objects.flatMap(faultsOf)).toEqual([]);
  expect(objects.filter(({ metadata }) => metadata.name.includes('-media-'))).toHaveLength(services);
});

it('the values of other charts that the documentation shows render', () => {
  const [, text] = /```\n(database: [\s\S]*?)```/.exec(document) ?? [];
  const { database: _database, redis: _redis, ...rest } = common;
  const objects = render(merged(rest, recipes.get('cloud')!, parse(text!)));
  const { env } = objects.find(({ kind }) => kind === 'Deployment').spec.template.spec.containers[0];
  expect(env).toContainEqual({
    name: 'DATABASE_URL',
    value: 'postgres://waterbus:$(PASSWORD_OF_DATABASE)@postgresql.data.svc:5432/waterbus',
  });
});
