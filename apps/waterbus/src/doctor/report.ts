import type { OutsidePath, OutsideResult, OutsideVerdict } from '@waterbus/protocol';
import type { Finding } from './finding.js';

/** The output of `waterbus doctor --json`. Later versions may add fields and parts. */
export interface Report {
  /** Nothing prevents the start, and no required path is blocked: no finding has the state `fail`. */
  ok: boolean;
  findings: Finding[];
  /** The test from outside, when a phone has made it. */
  outside?: OutsideReport;
}

export interface OutsideReport {
  /** The address of the phone; left out: a proxy hides it. */
  client?: string;
  /** The WebSocket of signalling. */
  signalling: OutsideVerdict;
  paths: (Pick<OutsidePath, 'kind' | 'hosts' | 'port'> & { verdict: OutsideVerdict })[];
}

export function reportOf(findings: Finding[], result?: OutsideResult): Report {
  const outside = result && outsideReport(result);
  return { ok: findings.every(({ state }) => state !== 'fail'), findings, ...(outside && { outside }) };
}

function outsideReport({ client, verdicts, paths }: OutsideResult): OutsideReport | undefined {
  return (
    verdicts && {
      ...(client !== undefined && { client }),
      signalling: verdicts.signalling,
      paths: paths.map(({ kind, hosts, port }, index) => ({
        ...{ kind, hosts, port },
        verdict: verdicts.paths[index] ?? 'unknown',
      })),
    }
  );
}
