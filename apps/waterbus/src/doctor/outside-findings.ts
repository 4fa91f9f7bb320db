import type { OutsideResult, OutsideVerdict } from '@waterbus/protocol';
import { isPrivateAddress } from '@waterbus/server-api';
import type { Settings } from '../settings.js';
import { type Finding, fail, ok, warn } from './finding.js';
import { portsOf, type Range, rangesOf, shown } from './port-ranges.js';

type MediaPorts = Pick<Settings, 'mediaPort' | 'mediaWorkers'>;
type Path = OutsideResult['paths'][number] & { verdict: OutsideVerdict };

/**
 * The verdicts of a phone, each with the rule that is missing on the way to the server. `media`: the
 * ports of the media workers, between which and as many after them upgrades alternate.
 */
export function outsideFindings(
  result: OutsideResult,
  announced: readonly string[],
  media?: MediaPorts | undefined,
): Finding[] {
  const { client, verdicts, paths } = result;
  if (!verdicts) return [fail(PART, 'the phone has reported nothing', 'keep its page open, and try again')];
  const tested = paths.map((path, index) => ({ ...path, verdict: verdicts.paths[index] ?? 'unknown' }));
  const of = (kind: Path['kind']) => tested.filter((path) => path.kind === kind);
  return [
    ofPhone(client, announced),
    ...ofSignalling(verdicts.signalling),
    ...ofAddresses(client, tested),
    ...ofPorts('UDP', of('udp'), fail, 'sound and pictures take detours, or do not arrive', media),
    ...ofPorts('TCP', of('tcp'), warn, 'networks that block UDP need it', media),
    ...(['relay-udp', 'relay-tcp', 'relay-tls'] as const).flatMap((kind) => ofRelays(kind, of(kind))),
  ];
}

function ofPhone(client: string | undefined, announced: readonly string[]): Finding {
  if (client === undefined) {
    return warn(PART, 'a proxy hides the address of the phone', 'set TRUSTED_PROXIES to the addresses of the proxy');
  }
  if (isPrivateAddress(client) || announced.includes(client)) {
    return warn(
      PART,
      `the phone's candidates came from ${client}: that is your own network, so the verdicts are not those from outside`,
      'switch the Wi-Fi of the phone off, so that it uses mobile data, and run this again',
    );
  }
  return ok(PART, `a phone at ${client} has made the test`);
}

function ofSignalling(verdict: OutsideVerdict): Finding[] {
  if (verdict === 'open') return [ok('signalling', 'WebSockets arrive')];
  if (verdict === 'unknown') return [warn('signalling', 'not tested', 'run this again')];
  return [
    fail(
      'signalling',
      'the page arrives, but WebSockets do not: nobody can join',
      'let the reverse proxy pass Upgrade requests on (docs/operations.md), and check SIGNALLING_ORIGINS',
    ),
  ];
}

/** A client on the Internet gets private addresses only where there are no others. */
function ofAddresses(client: string | undefined, paths: readonly Path[]): Finding[] {
  const hosts = [...new Set(paths.filter(isDirect).flatMap((path) => path.hosts))];
  const isOutside = client !== undefined && !isPrivateAddress(client);
  if (hosts.length === 0 || !isOutside || !hosts.every((host) => isPrivateAddress(host))) return [];
  return [
    fail(
      'addresses',
      `media are announced at ${hosts.join(', ')} only, which no one reaches from the Internet`,
      'set ANNOUNCED_ADDRESSES to the public address, or to auto with STUN_SERVERS',
    ),
  ];
}

function isDirect({ kind }: Path): boolean {
  return kind === 'udp' || kind === 'tcp';
}

/** Only the range that runs now was tested: the rules are for both. */
function ofPorts(
  protocol: 'UDP' | 'TCP',
  paths: readonly Path[],
  severity: typeof warn,
  effect: string,
  media: MediaPorts | undefined,
): Finding[] {
  const findings: Finding[] = [];
  const hosts = [...new Set(paths.flatMap((path) => path.hosts))].join(', ');
  const portsWith = (verdict: OutsideVerdict) =>
    rangesOf(paths.filter((path) => path.verdict === verdict).map(({ port }) => port));
  const [open, blocked, unknown] = [portsWith('open'), portsWith('blocked'), portsWith('unknown')];
  if (open.length > 0) findings.push(ok('media', `${protocol} ${shown(open)} at ${hosts}: open`));
  if (blocked.length > 0) {
    const message = `${protocol} ${shown(blocked)} at ${hosts}: blocked; ${effect}`;
    findings.push(severity('media', message, rule(protocol, rangesOf(withOthers(portsOf(blocked), media)))));
  }
  const later = rangesOf(withOthers(portsOf(open), media).filter((port) => !portsOf(open).includes(port)));
  if (later.length > 0 && blocked.length === 0) {
    const message = `${protocol} ${shown(later)}: not tested; the next upgrade moves the calls to them`;
    findings.push(warn('media', message, rule(protocol, later)));
  }
  if (unknown.length > 0) findings.push(warn('media', `${protocol} ${shown(unknown)}: not tested`, 'run this again'));
  return findings;
}

function ofRelays(kind: 'relay-udp' | 'relay-tcp' | 'relay-tls', paths: readonly Path[]): Finding[] {
  const words = { 'relay-udp': 'UDP', 'relay-tcp': 'TCP', 'relay-tls': 'TLS' } as const;
  const protocol = kind === 'relay-udp' ? 'UDP' : 'TCP';
  return paths.map(({ hosts: [host], port, verdict }) => {
    const name = `TURN over ${words[kind]} at ${host}:${port}`;
    if (verdict === 'open') return ok('relay', `${name}: open`);
    if (verdict === 'unknown') return warn('relay', `${name}: not tested`, 'run this again');
    return warn(
      'relay',
      `${name}: blocked; networks that permit little else need it`,
      `${rule(protocol, [[port, port]])}; a proxy in front has to pass the bytes on, not the requests`,
    );
  });
}

/** The rule that lets these ports in, for the places where it may be missing. */
function rule(protocol: 'UDP' | 'TCP', ranges: readonly Range[]): string {
  const lower = protocol.toLowerCase();
  const set = ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
  const ports = ranges.length > 1 ? `{ ${set} }` : set;
  return (
    `let ${protocol} ${shown(ranges)} in: on this machine (nft add rule inet filter input ${lower} dport ${ports} accept), ` +
    'in the firewall of its provider (security group), and forwarded by the router if it has one'
  );
}

/** The ports with those of the same workers after the next upgrade. */
function withOthers(ports: readonly number[], media: MediaPorts | undefined): number[] {
  if (!media) return [...ports];
  const { mediaPort, mediaWorkers } = media;
  return ports.flatMap((port) => {
    if (port < mediaPort || port >= mediaPort + 2 * mediaWorkers) return [port];
    return [port, port < mediaPort + mediaWorkers ? port + mediaWorkers : port - mediaWorkers];
  });
}

const PART = 'phone';
