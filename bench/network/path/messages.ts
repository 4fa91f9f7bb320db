import type { LinkSpec, Step } from './link.js';
import type { TcpSpec } from './tcp-flow.js';

/** A link by name; several people may share one. */
export interface NamedLink extends LinkSpec {
  steps?: Step[];
}

/** The network between people and the server. */
export interface NetworkSpec {
  seed: number;
  links: Record<string, NamedLink>;
  /** Links of a person's packets, in this order, to the server and from it. */
  people: Record<string, { up: string[]; down: string[] }>;
  /** Other traffic. */
  tcp?: TcpSpec[];
}

export type ToPath =
  | { type: 'open'; network: NetworkSpec; mediaPort: number; httpPort: number; address?: string }
  | { type: 'begin' }
  | { type: 'change'; links: Record<string, LinkSpec> }
  | { type: 'rebind'; person: string }
  | { type: 'report' };

export type FromPath =
  /**
   * The ports of each person for media (UDP, at `address`) and for page, API and signalling (TCP),
   * on the loopback address unless another is given.
   */
  | { type: 'opened'; ports: Record<string, PersonPorts> }
  | { type: 'begun'; at: number }
  | { type: 'changed'; at: number }
  | { type: 'report'; links: Record<string, LinkReport>; lateness: { p50: number; p99: number } };

export interface PersonPorts {
  media: number;
  http: number;
}

/** The traffic of a link. Times are milliseconds since 1970, of the machine's clock. */
export interface LinkReport {
  bins: LinkBin[];
  /** Departure time and wait of every packet that left the queue. */
  waits: { at: number[]; waited: number[] };
  /** Bytes offered and delivered by SSRC of RTP. */
  streams: Record<string, { offered: number; delivered: number }>;
}

/** A tenth of a second. */
export interface LinkBin {
  at: number;
  /** Bytes, with IP and UDP headers. */
  offered: number;
  dropped: number;
  lost: number;
  forwarded: number;
  /** Capacity of the link in bits per second at the end of the bin; null without a limit. */
  rate: number | null;
}

/** Milliseconds. */
export const BIN = 100;
