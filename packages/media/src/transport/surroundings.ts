import type { EngineEvent } from '../api/events.js';
import type { EngineLimits } from '../api/limits.js';
import type { IceCandidate } from '../api/types.js';
import type { Sessions } from '../engine/sessions.js';
import type { CheckReceiver, FragmentRegistry, IceEnvironment } from '../ice/lite-agent.js';
import type { SentNumbers } from '../nack/sent-numbers.js';
import type { OutgoingPacket } from '../port/outgoing-packet.js';
import type { SendQueue } from '../port/send-queue.js';
import type { ServerFigures } from '../quality/connection-quality.js';
import type { RtpHeader } from '../rtp/header.js';
import type { SpeakerTicks } from '../speaker/speaker-ticks.js';
import type { PacketStore } from '../store/packet-store.js';
import type { Deadlines } from './deadlines.js';
import type { Transport } from './transport.js';

/** The state shared by all parts of one engine. */
export interface Surroundings extends IceEnvironment {
  readonly sendQueue: SendQueue;
  readonly sentNumbers: SentNumbers;
  readonly store: PacketStore;
  /**
   * The packet being received: one object for all transports, because hundreds would compete for
   * the caches.
   */
  readonly header: RtpHeader;
  /** The packet that a consumer sends at the moment. */
  readonly outgoing: OutgoingPacket;
  readonly limits: EngineLimits;
  readonly candidates: readonly IceCandidate[];
  /** The load of the engine's process, as its host last reported. */
  readonly server: ServerFigures;
  /** Milliseconds of the caller's monotonic clock, from the current call. */
  now: number;
  emit(event: EngineEvent): void;
  readonly sessions: Sessions;
  /** Work for this session threw: its transport ends, and nothing else. */
  fail(session: number, error: unknown): void;
  /** An error occurred that concerns this transport, if any; nothing ends beyond what has ended. */
  noteFault(transport: Transport | undefined, error: unknown): void;
  /**
   * Wake-up times by session: the engine wakes the transport of a session at its time, at the
   * latest.
   */
  readonly deadlines: Deadlines;
  /** Wake-up times of routers, by their numbers. */
  readonly routerDeadlines: Deadlines;
  /** When routers decide who talks. */
  readonly speakerTicks: SpeakerTicks;
  random32(): number;
  fragments(owner: CheckReceiver): FragmentRegistry;
}
