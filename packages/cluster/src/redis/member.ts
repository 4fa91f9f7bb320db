import type { Tracer } from '@waterbus/telemetry';
import type { Clock } from '../clock.js';
import type { Logger } from '../logger.js';
import type { Mishaps } from '../mishaps.js';
import type { Connection } from './connection/connection.js';
import type { Keys } from './keys.js';
import type { Signatures } from './signing/signatures.js';

/**
 * One member of the cluster, created by one `createRedisCluster`: the shared state of its parts.
 */
export interface Member {
  readonly id: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tally: Mishaps;
  readonly tracer: Tracer;
  readonly signatures: Signatures;
  readonly connection: Connection;
  readonly keys: Keys;
  readonly ended: boolean;
  /** Throws a `BusError` if the member has left. */
  assertOpen(): void;
}
