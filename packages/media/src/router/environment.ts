import type { ServerFigures } from '../quality/connection-quality.js';
import type { SpeakerTicks } from '../speaker/speaker-ticks.js';
import type { Deadlines } from '../transport/deadlines.js';
import type { TransportEnvironment } from '../transport/environment.js';
import type { Transport } from '../transport/transport.js';

/** The parts of the engine that a router needs. */
export interface RouterEnvironment extends TransportEnvironment {
  /** The engine's transports by session: packets and deadlines reach only those. */
  readonly sessions: { add(transport: Transport): void; delete(transport: Transport): void };
  /** The load of the engine's process, as its host last reported. */
  readonly server: ServerFigures;
  /** Wake-up times of routers, by their numbers. */
  readonly routerDeadlines: Deadlines;
  /** When routers decide who talks. */
  readonly speakerTicks: SpeakerTicks;
  /** An error occurred that concerns this transport, if any; nothing ends beyond what has ended. */
  noteFault(transportId: string | undefined, error: unknown): void;
}
