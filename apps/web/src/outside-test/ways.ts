import { t } from '@lingui/core/macro';
import type { TestedPath } from '@waterbus/client';

export type WayState = 'testing' | 'open' | 'blocked' | 'partly' | 'unknown';

/** The paths of one kind, as a row of the page. */
export interface Way {
  name: string;
  state: WayState;
  /** Such as `UDP 40000 to 40003`; undefined for the page's own port. */
  ports: string | undefined;
  /** The ports that a firewall in between blocks, unless it blocks all of them. */
  missing: string | undefined;
}

export function waysOf(paths: readonly TestedPath[]): Way[] {
  return kindsTexts().flatMap(([kind, name, protocol]) => {
    const ofKind = paths.filter((path) => path.kind === kind);
    if (ofKind.length === 0) return [];
    const blocked = ofKind.filter(({ verdict }) => verdict === 'blocked');
    const ports = portsOf(protocol, ofKind);
    const missing = blocked.length > 0 ? (portsOf(protocol, blocked) ?? t`WebSockets`) : undefined;
    return [{ name, state: stateOf(ofKind), ports, missing: missing === ports ? undefined : missing }];
  });
}

export interface Summary {
  severity: 'good' | 'slow' | 'blocked' | 'unknown';
  title: string;
  text: string;
}

/** The effect on a call from this network; undefined until all paths are tested. */
export function summaryOf(paths: readonly TestedPath[]): Summary | undefined {
  if (paths.some(({ verdict }) => verdict === undefined)) return undefined;
  const isOpen = (...kinds: TestedPath['kind'][]) =>
    paths.some(({ kind, verdict }) => kinds.includes(kind) && verdict === 'open');
  if (paths.every(({ kind, verdict }) => kind === 'signalling' || verdict === 'unknown')) return nothingTested();
  if (paths.some(({ kind, verdict }) => kind === 'signalling' && verdict === 'blocked')) return noSignalling();
  if (isOpen('udp'))
    return paths.some(({ kind, verdict }) => kind === 'udp' && verdict !== 'open') ? partlyTexts() : goodTexts();
  if (isOpen('relay-udp')) return goodTexts();
  return isOpen('tcp', 'relay-tcp', 'relay-tls') ? slowTexts() : nothingOpen();
}

function stateOf(paths: readonly TestedPath[]): WayState {
  const verdicts = new Set(paths.map(({ verdict }) => verdict));
  if (verdicts.has(undefined)) return 'testing';
  if (verdicts.has('open')) return verdicts.has('blocked') ? 'partly' : 'open';
  return verdicts.has('blocked') ? 'blocked' : 'unknown';
}

/** Consecutive ports as ranges. */
function portsOf(protocol: string, paths: readonly TestedPath[]): string | undefined {
  const ports = [...new Set(paths.flatMap(({ port }) => port ?? []))].sort((a, b) => a - b);
  if (ports.length === 0) return undefined;
  const ranges: [number, number][] = [];
  for (const port of ports) {
    const last = ranges.at(-1);
    if (last && last[1] === port - 1) last[1] = port;
    else ranges.push([port, port]);
  }
  return `${protocol} ${ranges.map(([from, to]) => (from === to ? `${from}` : t`${from} to ${to}`)).join(', ')}`;
}

const kindsTexts = (): [TestedPath['kind'], string, string][] => [
  ['signalling', t`The page’s connection`, 'TCP'],
  ['udp', t`Direct, by UDP`, 'UDP'],
  ['tcp', t`Direct, by TCP`, 'TCP'],
  ['relay-udp', t`Relay, by UDP`, 'UDP'],
  ['relay-tcp', t`Relay, by TCP`, 'TCP'],
  ['relay-tls', t`Relay, by TLS`, 'TCP'],
];

const goodTexts = (): Summary => ({
  severity: 'good',
  title: t`Calls work from this network`,
  text: t`Sound and pictures take the direct way.`,
});
const partlyTexts = (): Summary => ({
  severity: 'slow',
  title: t`Calls work, except on some ports`,
  text: t`Each port serves some of the calls. Those on a blocked port take a detour.`,
});
const slowTexts = (): Summary => ({
  severity: 'slow',
  title: t`Calls work, with delays`,
  text: t`UDP is blocked. Sound and pictures take a detour by TCP and may lag.`,
});
const nothingOpen = (): Summary => ({
  severity: 'blocked',
  title: t`No call gets through`,
  text: t`People on this network could join and chat, without sound and pictures.`,
});
const noSignalling = (): Summary => ({
  severity: 'blocked',
  title: t`Nobody can join from this network`,
  text: t`The page loads, but its connection to the call is blocked. A proxy in front of the server may not pass WebSockets on.`,
});
const nothingTested = (): Summary => ({
  severity: 'unknown',
  title: t`This browser made no test`,
  text: t`The server ended the test, or this browser permits no calls. Open a new link in another browser.`,
});
