import type { EngineEvent } from '../api/events.js';
import type { EngineLimits } from '../api/limits.js';
import type { IceCandidate } from '../api/types.js';
import type { ForwardingEnvironment } from '../forwarding/environment.js';
import type { IceEnvironment } from '../ice/environment.js';
import type { CheckReceiver, FragmentRegistry } from '../ice/lite-agent.js';
import type { RtpHeader } from '../rtp/header.js';
import type { Deadlines } from './deadlines.js';

/** The parts of the engine that a transport needs. */
export interface TransportEnvironment extends IceEnvironment, ForwardingEnvironment {
  /**
   * The packet being received: one object for all transports, because hundreds would compete for
   * the caches.
   */
  readonly header: RtpHeader;
  readonly limits: EngineLimits;
  /** Those of transports opened from now on. */
  candidates: readonly IceCandidate[];
  /**
   * Wake-up times by session: the engine wakes the transport of a session at its time, at the
   * latest.
   */
  readonly deadlines: Deadlines;
  emit(event: EngineEvent): void;
  fragments(owner: CheckReceiver): FragmentRegistry;
}
