import type { Socket } from 'node:net';
import type { Drained } from './moving/drain.js';
import type { ServerWsOptions } from './options.js';
import type { ServerWsFigures } from './runtime/figures.js';
import { Runtime } from './runtime/runtime.js';
import type { TurnPort } from './turn/turn-relay.js';

export interface ServerWs {
  /** Whether newcomers are accepted: a media node exists and no drain is under way. */
  ready(): boolean;
  /** Whether this node is being emptied, or closes: it is not ready, and not broken either. */
  readonly draining: boolean;
  /**
   * Empties this node before it stops (R10): newcomers are refused with `server.draining`, and all
   * participants at home here or with media here move elsewhere, make-before-break. Resolves when
   * none remains, or after `deadline` milliseconds (default 60,000) with the numbers of the rest.
   * Never rejects. The node stays in this state until `close` or `cancelDrain`.
   */
  drain(options?: { deadline?: number }): Promise<Drained>;
  /**
   * The longest gap of each participant, in milliseconds, of those that clients have reported in
   * the last so many milliseconds, after moves of their streams.
   */
  gaps(milliseconds: number): Record<string, number>;
  /**
   * Accepts newcomers again. Participants that have moved stay where they are; no other one moves.
   */
  cancelDrain(): void;
  /** Totals since the start and the state of this node, for an exporter. */
  figures(): ServerWsFigures;
  /** Takes a connection, TCP or TLS, whose first bytes are STUN and not read yet. */
  acceptTurn(socket: Socket): void;
  /** TURN's own port, which another process may share. Undefined without one. */
  readonly turnPort: TurnPort | undefined;
  /**
   * Participants leave, leases are released, records are written. The caller closes the media host.
   */
  close(): Promise<void>;
}

/** Signalling on one node. Rejects when the node's id is already held. */
export async function createServerWs(options: ServerWsOptions): Promise<ServerWs> {
  const runtime = new Runtime(options);
  await runtime.start();
  return runtime;
}
