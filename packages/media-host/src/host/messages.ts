import type { IncomingBudget } from '@waterbus/packet-io';
import type { WorkTimes } from '@waterbus/telemetry';
import type { CallOutcome } from '../calls/answer-call.js';
import type { MediaCallName } from '../calls/media-calls.js';
import type { ForwardingWeights, MediaNodeEvent, MediaNodeLoad, WorkerFigures } from '../media-node.js';

/**
 * Messages on the channel between a Server WS process and its media worker: plain data, in order,
 * never lost while both live.
 */
export type ToWorker =
  | {
      type: 'start';
      nodeId: string;
      port: number;
      extraPorts: readonly number[];
      announcedAddresses: string[];
      tcp: boolean;
      incoming?: Partial<IncomingBudget>;
    }
  /** For the transports opened from now on. */
  | { type: 'announce'; addresses: string[] }
  /** `timed`: the answer has the times of the work, for a trace. */
  | { type: 'call'; id: number; name: MediaCallName; args: unknown[]; timed?: true };

export type FromWorker =
  | { type: 'ready'; port: number }
  /**
   * The worker could not start and ends. `code` is that of Node's system errors, for example
   * `EADDRINUSE`.
   */
  | { type: 'failed'; message: string; code?: string; port?: number }
  | { type: 'answer'; id: number; outcome: CallOutcome; times?: WorkTimes }
  | { type: 'event'; event: MediaNodeEvent }
  /** `forwarding`: only if it may have changed since the report before. */
  | { type: 'load'; load: MediaNodeLoad; figures: WorkerFigures; forwarding?: ForwardingWeights }
  | { type: 'log'; level: LogLevel; message: string; details?: Record<string, unknown> };

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** The signature of pino. */
export type Logger = Record<LogLevel, (details: Record<string, unknown>, message: string) => void>;
