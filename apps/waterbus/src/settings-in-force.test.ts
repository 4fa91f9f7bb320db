import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { settingsInForce } from './settings-in-force.js';

const HIDDEN = 'a-value-that-must-not-leave';

it('shows values of the environment and defaults', () => {
  const settings = settingsInForce({ GUESTS: '0', AUDIT_DAYS: '' });
  expect(settings.find(({ name }) => name === 'GUESTS')).toEqual({
    ...{ name: 'GUESTS', value: '0', secret: false, source: 'environment' },
  });
  expect(settings.find(({ name }) => name === 'AUDIT_DAYS')).toMatchObject({ value: '365', source: 'default' });
  expect(settings.find(({ name }) => name === 'HTTP_PORT')).toMatchObject({ value: null, source: 'default' });
});

it('shows of secrets only whether they are set', () => {
  const names = settingsInForce({}).map(({ name }) => name);
  const settings = settingsInForce(Object.fromEntries(names.map((name) => [name, HIDDEN])));
  const secrets = settings.filter(({ secret }) => secret);
  expect(secrets.every(({ value, source }) => value === null && source === 'environment')).toBe(true);
  // Also the addresses that may contain a password.
  const sensitive = names.filter((name) => /SECRET|PASSWORD|KEY|_URL$|ENDPOINT$|ICE_SERVERS|ISSUER/.test(name));
  const shown = settings.filter(({ value }) => value === HIDDEN).map(({ name }) => name);
  expect(shown.filter((name) => sensitive.includes(name))).toEqual(['PUBLIC_URL', 'S3_ENDPOINT', 'TLS_KEY']);
});

it('lists the settings that the documentation lists', async () => {
  const documented = await readFile(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
  const names = settingsInForce({}).map(({ name }) => name);
  expect(names.filter((name) => !documented.includes(`\`${name}\``))).toEqual([]);
});
