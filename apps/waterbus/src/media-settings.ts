import { availableParallelism } from 'node:os';
import type { z } from 'zod';
import { announcedAddresses, flag, type HostPort, hostList, integer, portList } from './setting-types.js';
import type { TlsSettings } from './tls-settings.js';

export interface MediaSettings {
  /** Worker i uses port mediaPort + i; 0: each takes any free port. */
  mediaPort: number;
  /** Further UDP ports, distributed over the workers. */
  mediaExtraPorts: number[];
  /** Whether the workers also accept TCP at their ports. */
  mediaTcp: boolean;
  mediaWorkers: number;
  /** IP addresses, names and `auto`; undefined: all addresses of this host, loopback last. */
  announcedAddresses: string[] | undefined;
  stunServers: HostPort[];
}

/** More workers than this is a typing mistake. */
const MOST_WORKERS = 256;

/** Of each worker, besides its own: the packet plane has eight. */
const MOST_EXTRA_PORTS = 7;

/** The environment variables of these settings. */
export const mediaEnvironment = {
  MEDIA_PORT: integer(0, 65_535).default(40_000),
  MEDIA_EXTRA_PORTS: portList.default([]),
  /** By default 1, unless the page has the TCP port of a worker. */
  MEDIA_TCP: flag.optional(),
  MEDIA_WORKERS: integer(1, MOST_WORKERS).default(() => availableParallelism()),
  ANNOUNCED_ADDRESSES: announcedAddresses.optional(),
  POD_INDEX: integer(0, 9_999).optional(),
  STUN_SERVERS: hostList.optional(),
};

type Values = z.output<z.ZodObject<typeof mediaEnvironment>> & { TURN_PORT?: number };
type PagePorts = Pick<TlsSettings, 'httpPort' | 'redirect'>;

export function mediaProblems(values: Values, page: PagePorts): string[] {
  const problems: string[] = [];
  const { MEDIA_PORT, MEDIA_EXTRA_PORTS, MEDIA_TCP, MEDIA_WORKERS } = values;
  if (MEDIA_PORT + MEDIA_WORKERS - 1 > 65_535) {
    problems.push(`MEDIA_PORT: ${MEDIA_PORT} leaves no room below 65536 for ${MEDIA_WORKERS} workers`);
  }
  const most = MOST_EXTRA_PORTS * MEDIA_WORKERS;
  if (MEDIA_EXTRA_PORTS.length > most || MEDIA_EXTRA_PORTS.some((port) => isOfWorker(values, port))) {
    problems.push(`MEDIA_EXTRA_PORTS: must be at most ${most} ports, other ones than those of the workers`);
  }
  const { TURN_PORT } = values;
  if (TURN_PORT !== undefined && (MEDIA_EXTRA_PORTS.includes(TURN_PORT) || isOfWorker(values, TURN_PORT))) {
    problems.push(`TURN_PORT: must be another one than those of the media workers; ${TURN_PORT} is one of them`);
  }
  if (MEDIA_TCP && sharesPort(values, page)) {
    problems.push('MEDIA_TCP: must be 0 when HTTP_PORT or REDIRECT_PORT is the port of a media worker');
  }
  const lists = values.ANNOUNCED_ADDRESSES ?? [];
  if (lists.length > 1 && (values.POD_INDEX === undefined || values.POD_INDEX >= lists.length)) {
    problems.push(
      `POD_INDEX: must be 0 to ${lists.length - 1}, because ANNOUNCED_ADDRESSES has the lists of ${lists.length} servers`,
    );
  }
  if (lists.flat().includes('auto') && !values.STUN_SERVERS) {
    problems.push(
      'STUN_SERVERS: must be set when ANNOUNCED_ADDRESSES has auto, for example stun.example.org:3478; two servers guard against a wrong one',
    );
  }
  return problems;
}

export function mediaOf(values: Values, page: PagePorts): MediaSettings {
  return {
    mediaPort: values.MEDIA_PORT,
    mediaExtraPorts: values.MEDIA_EXTRA_PORTS,
    mediaTcp: values.MEDIA_TCP ?? !sharesPort(values, page),
    mediaWorkers: values.MEDIA_WORKERS,
    announcedAddresses: announcedOf(values),
    stunServers: values.STUN_SERVERS ?? [],
  };
}

/**
 * Why some clients that can reach extra ports alone have no direct way: a room may be on any worker.
 * Undefined if every worker has one, or none.
 */
export function lackOfExtraPorts({ mediaExtraPorts, mediaWorkers }: MediaSettings): string | undefined {
  const { length } = mediaExtraPorts;
  if (length === 0 || length >= mediaWorkers) return undefined;
  return `MEDIA_EXTRA_PORTS has ${length} of ${mediaWorkers} ports: ${mediaWorkers - length} of the media workers have none`;
}

/** With the lists of several servers, that of this one. */
function announcedOf({ ANNOUNCED_ADDRESSES: lists, POD_INDEX }: Values): string[] | undefined {
  return lists && (lists.length > 1 ? lists[POD_INDEX ?? 0] : lists[0]);
}

/** Whether the page has the TCP port of a worker. */
function sharesPort(values: Values, { httpPort, redirect }: PagePorts): boolean {
  return isOfWorker(values, httpPort) || (redirect !== undefined && isOfWorker(values, redirect.port));
}

function isOfWorker({ MEDIA_PORT, MEDIA_WORKERS }: Values, port: number): boolean {
  return MEDIA_PORT > 0 && port >= MEDIA_PORT && port < MEDIA_PORT + MEDIA_WORKERS;
}
