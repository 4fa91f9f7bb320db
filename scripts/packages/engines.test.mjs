import { readFileSync } from 'node:fs';
import path from 'node:path';
import { minVersion, satisfies } from 'semver';
import { expect, it } from 'vitest';
import { root } from '../steps.mjs';

const read = (file) => JSON.parse(readFileSync(path.join(root, file), 'utf8'));

/** Without it `npm ci` warns of EBADENGINE, and fails where `engine-strict` is set. Optional packages are left out then. */
it('installs only packages that support the oldest Node.js of this project', () => {
  const oldest = minVersion(read('package.json').engines.node).version;
  const needed = Object.entries(read('package-lock.json').packages).filter(([, { optional }]) => !optional);
  const newer = needed.filter(([, { engines }]) => engines?.node && !satisfies(oldest, engines.node));
  expect(needed.length).toBeGreaterThan(100);
  expect(newer.map(([name, { version, engines }]) => `${name} ${version}: ${engines.node}`)).toEqual([]);
});
