/** `none`: the servers offer no such path; `unknown`: it could not be tested. */
export type PathVerdict = 'open' | 'blocked' | 'none' | 'unknown';

/** The paths that a network permits between this browser and the servers. */
export interface ConnectionTest {
  /** The WebSocket of signalling, without which nobody joins. */
  readonly signalling: PathVerdict;
  /** UDP to a media node: the direct path. */
  readonly udp: PathVerdict;
  /** TCP to a media node, which no browser can test without a call: `none` or `unknown`. */
  readonly tcp: PathVerdict;
  /** TURN servers, by the protocol with which the browser reaches them. */
  readonly relay: { readonly udp: PathVerdict; readonly tcp: PathVerdict; readonly tls: PathVerdict };
  /** The ports that the paths use, each named once. */
  readonly ports: { readonly udp: readonly number[]; readonly tcp: readonly number[] };
  /** Failures that the browser reported (`icecandidateerror`), for diagnosis. */
  readonly errors: readonly { readonly url: string; readonly code: number; readonly text: string }[];
}

/** What a test of the connection uses. */
export interface ConnectionTestOptions {
  /** Origin of Server API; default: the page's own. */
  server?: string;
  signal?: AbortSignal;
}
