import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments, stringify } from 'yaml';
import { helm } from './programs.js';

// biome-ignore lint/suspicious/noExplicitAny: objects of all kinds, whose form the schemas check
export type KubernetesObject = any;

/** Values of the chart, nested as in values.yaml. */
export type Values = { [name: string]: unknown };

/** The objects that the chart renders. Throws with Helm's message when it refuses the values. */
export function render(values: Values): KubernetesObject[] {
  return withFile(values, (file) =>
    parseAllDocuments(helm('template', 'waterbus', CHART, '--namespace', 'meet', '--values', file))
      .map((document) => document.toJS())
      .filter((object) => object !== null),
  );
}

/** The messages of `helm lint`; throws when it finds an error. */
export function lint(values: Values): string {
  return withFile(values, (file) => helm('lint', CHART, '--strict', '--values', file));
}

/** The values of `first`, replaced by those of `others`, each object by object. */
export function merged(first: Values, ...others: Values[]): Values {
  const result = { ...first };
  for (const [name, value] of others.flatMap((other) => Object.entries(other))) {
    const before = result[name];
    result[name] = isObject(before) && isObject(value) ? merged(before, value) : value;
  }
  return result;
}

function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withFile<T>(values: Values, use: (file: string) => T): T {
  const folder = mkdtempSync(path.join(tmpdir(), 'waterbus-chart-'));
  try {
    const file = path.join(folder, 'values.yaml');
    writeFileSync(file, stringify(values));
    return use(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const CHART = fileURLToPath(new URL('../../../deploy/helm/waterbus', import.meta.url));
