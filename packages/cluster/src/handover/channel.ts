import { CodedError, type ErrorCode } from '@waterbus/protocol';
import { BusError } from '../cluster.js';
import type { ClusterState } from '../in-process/in-process-cluster.js';

/**
 * The connection of two processes of one machine: JSON in both directions, in order. A channel that
 * has closed drops what is sent.
 */
export interface ClusterChannel {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  onClose(listener: () => void): void;
}

/** From the member to the process that holds the cluster. */
export type MemberMessage =
  /** A call of one of the methods in `hosting.ts`. */
  | { call: number; method: string; args: unknown[] }
  /** The end of a watch, subscription, service or consumption. */
  | { stop: number }
  /** The answer to a request or the outcome of a stream's entry. */
  | { answer: number; result: Outcome }
  /** The handler has stopped meanwhile. */
  | { gone: number };

/** To the member. */
export type HostMessage =
  | { returned: number; result: Outcome }
  /** For the listener that the member registered with this number. */
  | { event: number; value: unknown }
  | { gap: number }
  /** A request, or an entry of a stream, for the handler with this number. */
  | { ask: number; handler: number; args: unknown[] }
  /** The last message: the member goes on with this state. */
  | { state: ClusterState };

export type Outcome = { ok: true; value?: unknown } | { ok: false; error: SentError };

type SentError =
  | { type: 'coded'; code: ErrorCode; detail?: string }
  | { type: 'bus'; reason: BusError['reason']; message: string }
  | { type: 'other'; message: string };

export function outcomeOf(error: unknown): Outcome {
  if (error instanceof CodedError) {
    return { ok: false, error: { type: 'coded', code: error.code, ...(error.detail && { detail: error.detail }) } };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof BusError) return { ok: false, error: { type: 'bus', reason: error.reason, message } };
  return { ok: false, error: { type: 'other', message } };
}

export function errorOf(error: SentError): Error {
  if (error.type === 'coded') return new CodedError(error.code, error.detail);
  return error.type === 'bus' ? new BusError(error.reason, error.message) : new Error(error.message);
}
