import type { OutsideResult, OutsideVerdict } from '@waterbus/protocol';
import { expect, it } from 'vitest';
import { readSettings, type Settings } from '../settings.js';
import type { Finding } from './finding.js';
import { invitation } from './from-outside.js';
import { outsideFindings } from './outside-findings.js';

const PUBLIC = '198.32.5.1';
const PHONE = '80.187.1.2';
type Path = OutsideResult['paths'][number];
const path = (kind: Path['kind'], port: number, hosts = [PUBLIC]): Path => ({ kind, port, hosts });
const paths = [
  path('udp', 40_000),
  path('tcp', 40_000),
  path('udp', 40_001),
  path('tcp', 40_001),
  path('relay-tls', 443, ['meet.example.org']),
];

function findings(verdicts: OutsideVerdict[], more: Partial<OutsideResult> = {}, announced = [PUBLIC]): Finding[] {
  const result: OutsideResult = {
    state: 'reported',
    client: PHONE,
    paths,
    verdicts: { signalling: 'open', paths: verdicts },
    ...more,
  };
  return outsideFindings(result, announced);
}
const shown = (found: Finding[]) => found.map(({ state, part, message }) => `${state} ${part} ${message}`);

it('names each open path', () => {
  expect(shown(findings(['open', 'open', 'open', 'open', 'open']))).toEqual([
    `ok phone a phone at ${PHONE} has made the test`,
    'ok signalling WebSockets arrive',
    `ok media UDP 40000 to 40001 at ${PUBLIC}: open`,
    `ok media TCP 40000 to 40001 at ${PUBLIC}: open`,
    'ok relay TURN over TLS at meet.example.org:443: open',
  ]);
});

it('names the rule that is missing, of the blocked ports alone', () => {
  const found = findings(['open', 'blocked', 'blocked', 'blocked', 'blocked']);
  expect(shown(found).slice(2)).toEqual([
    `ok media UDP 40000 at ${PUBLIC}: open`,
    `fail media UDP 40001 at ${PUBLIC}: blocked; sound and pictures take detours, or do not arrive`,
    `warn media TCP 40000 to 40001 at ${PUBLIC}: blocked; networks that block UDP need it`,
    'warn relay TURN over TLS at meet.example.org:443: blocked; networks that permit little else need it',
  ]);
  expect(found.map(({ remedy }) => /nft .* accept/.exec(remedy ?? '')?.[0])).toEqual([
    ...[undefined, undefined, undefined],
    'nft add rule inet filter input udp dport 40001 accept',
    'nft add rule inet filter input tcp dport 40000-40001 accept',
    'nft add rule inet filter input tcp dport 443 accept',
  ]);
});

it('names the ports of the next upgrade too, which it has not tested', () => {
  const result = (verdicts: OutsideVerdict[]): OutsideResult => ({
    state: 'reported',
    client: PHONE,
    paths: paths.slice(0, 4),
    verdicts: { signalling: 'open', paths: verdicts },
  });
  const media = { mediaPort: 39_998, mediaWorkers: 2 };
  const open = outsideFindings(result(['open', 'open', 'open', 'open']), [PUBLIC], media);
  expect(shown(open).filter((line) => line.startsWith('warn'))).toEqual([
    'warn media UDP 39998 to 39999: not tested; the next upgrade moves the calls to them',
    'warn media TCP 39998 to 39999: not tested; the next upgrade moves the calls to them',
  ]);
  const blocked = outsideFindings(result(['open', 'open', 'blocked', 'open']), [PUBLIC], media);
  expect(blocked.map(({ remedy }) => /udp dport .* accept/.exec(remedy ?? '')?.[0]).filter(Boolean)).toEqual([
    'udp dport { 39999, 40001 } accept',
  ]);
});

it.each([
  ['192.168.1.20', [PUBLIC]],
  ['127.0.0.1', [PUBLIC]],
  [PUBLIC, [PUBLIC]],
])('names a phone at %s as one of the own network', (client, announced) => {
  const [phone] = findings(['open'], { client }, announced);
  expect(phone).toMatchObject({ state: 'warn', remedy: expect.stringContaining('mobile data') });
  expect(phone?.message).toContain(`came from ${client}: that is your own network`);
});

it('names a proxy that hides the phone, blocked WebSockets, private addresses and paths without a test', () => {
  const hidden = { state: 'reported' as const, paths, verdicts: { signalling: 'blocked' as const, paths: [] } };
  expect(shown(outsideFindings(hidden, [PUBLIC]))).toEqual([
    'warn phone a proxy hides the address of the phone',
    'fail signalling the page arrives, but WebSockets do not: nobody can join',
    'warn media UDP 40000 to 40001: not tested',
    'warn media TCP 40000 to 40001: not tested',
    'warn relay TURN over TLS at meet.example.org:443: not tested',
  ]);
  const inside = findings(['blocked'], { paths: [path('udp', 40_000, ['10.0.0.5'])] });
  expect(inside).toContainEqual(
    expect.objectContaining({
      part: 'addresses',
      state: 'fail',
      remedy: expect.stringContaining('ANNOUNCED_ADDRESSES'),
    }),
  );
  expect(shown(outsideFindings({ state: 'begun', paths: [] }, []))).toEqual([
    'fail phone the phone has reported nothing',
  ]);
});

it('prints a link to the address that the phone can reach, with its QR code', () => {
  const test = { token: `${'t'.repeat(22)}.ws-1`, expiresIn: 600, addresses: ['10.0.0.5', PUBLIC] };
  const linkFor = (environment: Record<string, string>) => {
    const { settings } = readSettings(environment) as { settings: Settings };
    const lines = invitation(settings, test);
    expect(lines.join('\n')).toContain('█');
    return lines.find((line) => line.includes('token='))?.trim();
  };
  expect(linkFor({ PUBLIC_URL: 'https://meet.example.org' })).toBe(
    `https://meet.example.org/doctor#token=${test.token}`,
  );
  expect(linkFor({ HTTP_PORT: '8081' })).toBe(`http://${PUBLIC}:8081/doctor#token=${test.token}`);
});
