import { readFile } from 'node:fs/promises';
import type { OutsideResult } from '@waterbus/protocol';
import { expect, it } from 'vitest';
import { fail, ok } from './finding.js';
import { type Report, reportOf } from './report.js';

const result: OutsideResult = {
  state: 'reported',
  client: '80.187.1.2',
  paths: [
    { kind: 'relay-tls', hosts: ['meet.example.org'], port: 443 },
    { kind: 'udp', hosts: ['203.0.113.5'], port: 40_000 },
  ],
  verdicts: { signalling: 'open', paths: ['open', 'open'] },
};
const findings = [ok('phone', 'a phone at 80.187.1.2 has made the test')];

it('reports a test from outside as docs/operations.md shows it', async () => {
  const text = await readFile(new URL('../../../../docs/operations.md', import.meta.url), 'utf8');
  const documented = /```json\n(\{\n {2}"ok"[\s\S]*?)\n```/.exec(text)?.[1] ?? '';
  expect(JSON.parse(documented)).toEqual(JSON.parse(JSON.stringify(reportOf(findings, result))));
});

it('leaves out what is not known', () => {
  const { client: _, ...hidden } = { ...result, verdicts: { signalling: 'unknown' as const, paths: [] } };
  const { outside } = reportOf([], hidden);
  expect(outside).not.toHaveProperty('client');
  expect(outside?.paths.map(({ verdict }) => verdict)).toEqual(['unknown', 'unknown']);
  const without: Report = { ok: false, findings: [fail('outside', 'no phone', 'again')] };
  expect(reportOf(without.findings)).toEqual(without);
  expect(reportOf(without.findings, { state: 'begun', paths: [] })).toEqual(without);
});
