/** `unknown`: this browser could not make the test. */
export type OutsideVerdict = 'open' | 'blocked' | 'unknown';

/** A path to one port of the server, tested alone. */
export interface TestedPath {
  /** Directly to a media node, or through a relay that is reached over UDP, TCP or TLS. */
  readonly kind: 'signalling' | 'udp' | 'tcp' | 'relay-udp' | 'relay-tcp' | 'relay-tls';
  /** Undefined for signalling, which uses the page’s own port. */
  readonly port: number | undefined;
  /** Undefined until it is known. */
  readonly verdict: OutsideVerdict | undefined;
}

/** What the test of a server from outside uses. */
export interface OutsideTestOptions {
  /** Of the operator’s link. */
  token: string;
  /** Origin of Server API; default: the page's own. */
  server?: string;
  signal?: AbortSignal;
  /** Called with all paths, at the start and after each verdict. */
  onProgress?: (paths: readonly TestedPath[]) => void;
}
