import { networkInterfaces } from 'node:os';
import { lackOfExtraPorts } from './media-settings.js';
import type { Settings } from './settings.js';

/**
 * The lines printed at the start: the addresses of the page, and that browsers require https beyond
 * localhost.
 */
export function greeting(
  settings: Settings,
  parts: readonly ('api' | 'ws')[] = ['api', 'ws'],
  hosts: string[] = shownHosts(settings),
): string[] {
  if (parts.length === 1) return greetingOfPart(settings, parts[0] ?? 'api');
  const scheme = settings.tls || settings.acme ? 'https' : 'http';
  const address = (host: string) => `${scheme}://${host.includes(':') ? `[${host}]` : host}:${settings.httpPort}`;
  const pages = settings.acme && settings.publicUrl ? [settings.publicUrl] : hosts.map(address);
  return [
    'Waterbus is running. Open:',
    ...pages.map((page) => `  ${page}`),
    `Media uses ${settings.mediaTcp ? 'UDP and TCP' : 'UDP'} ${mediaPorts(settings)}${laterPorts(settings)}: open it in the firewall. Data is kept in ${settings.databaseUrl ? 'PostgreSQL' : settings.dataDir}.`,
    certificateLine(settings),
    ...extraPortsLine(settings),
    ...requestsLine(settings),
    'Ctrl-C ends it.',
  ];
}

function requestsLine({ requestLogLevel }: Settings): string[] {
  return requestLogLevel ? ['A terminal shows no line for each request: LOG_LEVEL=info shows them.'] : [];
}

/** Clients in networks that permit these ports alone have TURN for the other workers. */
function extraPortsLine(settings: Settings): string[] {
  const lack = lackOfExtraPorts(settings);
  return lack ? [`${lack}. Name one for each, or TURN_PORT for TURN over UDP, which reaches all.`] : [];
}

function certificateLine({ tls, acme, publicUrl }: Settings): string {
  if (acme) {
    return `The certificate comes from ${new URL(acme.directory).host}, by whose terms you use it; the log reports it.`;
  }
  if (tls) return 'The name in the certificate must be the one that people open.';
  if (publicUrl?.startsWith('https:')) return `A reverse proxy serves ${publicUrl} with its own certificate.`;
  return 'Browsers give the camera to https pages and to localhost only: set PUBLIC_URL=https://…, or TLS_CERT and TLS_KEY.';
}

function greetingOfPart(settings: Settings, part: 'api' | 'ws'): string[] {
  const what =
    part === 'api'
      ? 'Waterbus Server API is running: page and API'
      : `Waterbus Server WS ${settings.nodeId} is running: signalling, and media on ${settings.mediaTcp ? 'UDP and TCP' : 'UDP'} ${mediaPorts(settings)}`;
  const lines = part === 'ws' ? extraPortsLine(settings) : [];
  return [`${what}, HTTP port ${settings.httpPort}.`, ...lines, 'Ctrl-C ends it.'];
}

function mediaPorts({ mediaPort, mediaWorkers }: Settings): string {
  if (mediaPort === 0) return 'ports that the system chooses';
  return mediaWorkers === 1 ? `${mediaPort}` : `${mediaPort}-${mediaPort + mediaWorkers - 1}`;
}

/** Those of the second version of an upgrade. */
function laterPorts(settings: Settings): string {
  if (settings.mediaPort === 0) return '';
  return `, and after an upgrade ${mediaPorts({ ...settings, mediaPort: settings.mediaPort + settings.mediaWorkers })}`;
}

/** The names that reach the page, from this host and from others. */
function shownHosts({ listenAddress }: Settings): string[] {
  const all = listenAddress === undefined || listenAddress === '::' || listenAddress === '0.0.0.0';
  return all ? ['localhost', ...outsideAddresses()] : [listenAddress];
}

function outsideAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((address) => !address.internal && !address.address.startsWith('fe80:'))
    .map((address) => address.address);
}
