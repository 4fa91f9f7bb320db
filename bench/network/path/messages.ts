import type { LinkSpec, Step } from './link.js';
import type { TcpSpec } from './tcp-flow.js';

/** A link by name; several people may share one. */
export interface NamedLink extends LinkSpec {
  steps?: Step[];
}

/** What lies between people and the server. */
export interface NetworkSpec {
  seed: number;
  links: Record<string, NamedLink>;
  /** Links that a person's packets go through, in this order, to the server and from it. */
  people: Record<string, { up: string[]; down: string[] }>;
  /** Other traffic. */
  tcp?: TcpSpec[];
}

export type ToPath =
  | { type: 'open'; network: NetworkSpec; mediaPort: number; httpPort: number; address?: string }
  | { type: 'begin' }
  | { type: 'change'; links: Record<string, LinkSpec> }
  | { type: 'report' };

export type FromPath =
  /**
   * Where each person finds media (UDP, at `address`) and page, API and signalling (TCP), on the
   * loopback address unless another is given.
   */
  | { type: 'opened'; ports: Record<string, PersonPorts> }
  | { type: 'begun'; at: number }
  | { type: 'changed'; at: number }
  | { type: 'report'; links: Record<string, LinkReport>; lateness: { p50: number; p99: number } };

export interface PersonPorts {
  media: number;
  http: number;
}

/** What went through a link. Times are milliseconds since 1970, of the machine's clock. */
export interface LinkReport {
  bins: LinkBin[];
  /** Waiting time of every packet that left the queue: when it left, and how long it waited. */
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
  /** Bits per second that the link could take at the end of the bin; null without a limit. */
  rate: number | null;
}

/** Milliseconds. */
export const BIN = 100;
