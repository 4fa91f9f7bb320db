import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { programs } from './programs.js';
import { type KubernetesObject, merged, render, type Values } from './rendered.js';
import { faultsOf } from './schemas.js';

const document = readFileSync(new URL('../../../docs/kubernetes.md', import.meta.url), 'utf8');

/** Blocks whose first line names a file of values. */
const files = new Map(
  [...document.matchAll(/```\n# (\w+)\.yaml\n([\s\S]*?)```/g)].map(([, name, text]) => [name!, text!]),
);
const recipes = new Map([...files].map(([name, text]) => [name, parse(text) as Values]));
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

it("the document's commands create the secrets that its values name, and print the objects of each recipe", () => {
  const created = [...document.matchAll(/^kubectl .*create .*$/gm)].map(([line]) => objectsOf(`${line} ${OFFLINE}`)[0]);
  expect(created[0]).toMatchObject({ kind: 'Namespace', metadata: { name: 'meet' } });
  const secrets = created.filter(({ kind }) => kind === 'Secret');
  expect(new Set(secrets.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['meet']));
  const keys = secrets.map(({ metadata, data }) => [metadata.name, Object.keys(data)]);
  const [, template] = /`(helm template [^`]+)`/.exec(document) ?? [];
  const names = [...recipes.keys()].filter((name) => name !== 'common');
  expect(names).toEqual(['cloud', 'private', 'metal']);
  for (const name of names) {
    const objects = objectsOf(template!.replace('cloud.yaml', `${name}.yaml`));
    expect(objects).toEqual(render(merged(common, recipes.get(name)!)));
    const named = objects
      .flatMap(({ spec }) => spec?.template?.spec.containers[0].env ?? [])
      .flatMap(({ valueFrom }: KubernetesObject) => valueFrom?.secretKeyRef ?? []);
    expect(Object.fromEntries(named.map(({ name, key }: KubernetesObject) => [name, [key]]))).toEqual(
      Object.fromEntries(keys),
    );
  }
});

/** Nothing is created, and no API server is needed. */
const OFFLINE = '--dry-run=client -o yaml';

/** The objects that a command of the document prints, in a folder with its files and the chart. */
function objectsOf(command: string): KubernetesObject[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'waterbus-recipes-'));
  try {
    symlinkSync(fileURLToPath(new URL('../../../deploy', import.meta.url)), path.join(folder, 'deploy'));
    for (const [name, text] of files) writeFileSync(path.join(folder, `${name}.yaml`), text);
    const env = { ...process.env, PATH: `${programs()}:${process.env.PATH}`, KUBECONFIG: '/dev/null' };
    const { status, stdout, stderr } = spawnSync('bash', ['-ec', command], { cwd: folder, env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command}: ${stderr}`);
    return parseAllDocuments(stdout)
      .map((one) => one.toJS())
      .filter((object) => object !== null);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
