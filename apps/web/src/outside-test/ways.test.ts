import type { TestedPath } from '@waterbus/client';
import { describe, expect, it } from 'vitest';
import { summaryOf, waysOf } from './ways.js';

type Row = [TestedPath['kind'], number | undefined, TestedPath['verdict']];
const paths = (...rows: Row[]): TestedPath[] => rows.map(([kind, port, verdict]) => ({ kind, port, verdict }));
const joined: Row = ['signalling', undefined, 'open'];

describe('the rows of an outside test', () => {
  it('are one for each kind of path, with ranges of ports and the blocked ones', () => {
    const tested = paths(
      joined,
      ['relay-tls', 443, 'open'],
      ['udp', 40_000, 'open'],
      ['tcp', 40_000, 'blocked'],
      ['udp', 40_001, 'blocked'],
      ['tcp', 40_001, 'blocked'],
      ['udp', 40_002, 'blocked'],
      ['udp', 443, 'open'],
    );
    expect(waysOf(tested)).toEqual([
      { name: 'The page’s connection', state: 'open', ports: undefined, missing: undefined },
      { name: 'Direct, by UDP', state: 'partly', ports: 'UDP 443, 40000 to 40002', missing: 'UDP 40001 to 40002' },
      { name: 'Direct, by TCP', state: 'blocked', ports: 'TCP 40000 to 40001', missing: undefined },
      { name: 'Relay, by TLS', state: 'open', ports: 'TCP 443', missing: undefined },
    ]);
  });

  it('are in progress until each path has a verdict', () => {
    const [, way] = waysOf(paths(joined, ['udp', 1, 'open'], ['udp', 2, undefined]));
    expect(way?.state).toBe('testing');
    expect(waysOf(paths(['signalling', undefined, 'blocked']))[0]?.missing).toBe('WebSockets');
  });
});

it.each<[string, string | undefined, Row[]]>([
  ['waits for the last path', undefined, [joined, ['udp', 1, undefined]]],
  ['praises direct UDP, whatever else is blocked', 'good', [joined, ['udp', 1, 'open'], ['tcp', 1, 'blocked']]],
  ['praises a relay over UDP', 'good', [joined, ['udp', 1, 'blocked'], ['relay-udp', 2, 'open']]],
  ['names ports that are blocked alone', 'slow', [joined, ['udp', 1, 'open'], ['udp', 2, 'blocked']]],
  ['names the delay of TCP', 'slow', [joined, ['udp', 1, 'blocked'], ['tcp', 1, 'open']]],
  ['names the delay of a relay', 'slow', [joined, ['udp', 1, 'blocked'], ['relay-tls', 443, 'open']]],
  ['names a network without any path', 'blocked', [joined, ['udp', 1, 'blocked'], ['tcp', 1, 'blocked']]],
  [
    'names blocked WebSockets first',
    'blocked',
    [
      ['signalling', undefined, 'blocked'],
      ['udp', 1, 'open'],
    ],
  ],
  [
    'blames no WebSockets that were not tested',
    'good',
    [
      ['signalling', undefined, 'unknown'],
      ['udp', 1, 'open'],
    ],
  ],
  ['claims nothing without a test', 'unknown', [joined, ['udp', 1, 'unknown']]],
])('the summary %s', (_what, severity, rows) => {
  expect(summaryOf(paths(...rows))?.severity).toBe(severity);
});
