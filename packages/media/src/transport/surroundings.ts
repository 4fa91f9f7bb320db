import type { EngineEvent } from '../events.js';
import type { CheckReceiver, FragmentRegistry, IceEnvironment } from '../ice/lite-agent.js';
import type { EngineLimits } from '../limits.js';
import type { SentNumbers } from '../nack/sent-numbers.js';
import type { ServerFigures } from '../quality/connection-quality.js';
import type { RtpHeader } from '../rtp/header.js';
import type { PacketStore } from '../rtp/packet-store.js';
import type { SpeakerTicks } from '../speaker/speaker-ticks.js';
import type { IceCandidate } from '../types.js';
import type { Deadlines } from './deadlines.js';
import type { OutgoingPacket } from './outgoing-packet.js';
import type { SendQueue } from './send-queue.js';
import type { Sessions } from './sessions.js';
import type { Transport } from './transport.js';

/** What every part of one engine shares. */
export interface Surroundings extends IceEnvironment {
  readonly sendQueue: SendQueue;
  readonly sentNumbers: SentNumbers;
  readonly store: PacketStore;
  /** Of the packet that is being received: one for all transports: hundreds would compete for the caches. */
  readonly header: RtpHeader;
  /** The packet that a consumer is sending. */
  readonly outgoing: OutgoingPacket;
  readonly limits: EngineLimits;
  readonly candidates: readonly IceCandidate[];
  /** How the process that the engine runs in keeps up, as its host last reported. */
  readonly server: ServerFigures;
  /** Milliseconds of the caller's monotonic clock, as told with the call being handled. */
  now: number;
  emit(event: EngineEvent): void;
  readonly sessions: Sessions;
  /** What is done for this session threw: its transport ends, and nothing else. */
  fail(session: number, error: unknown): void;
  /** Something threw that concerns this transport, if any, and ends nothing more than has ended. */
  noteFault(transport: Transport | undefined, error: unknown): void;
  /** Who sets a deadline tells it here: the engine wakes the transport of that session then, at the latest. */
  readonly deadlines: Deadlines;
  /** The same for routers, by their numbers. */
  readonly routerDeadlines: Deadlines;
  /** When routers decide who is talking. */
  readonly speakerTicks: SpeakerTicks;
  random32(): number;
  fragments(owner: CheckReceiver): FragmentRegistry;
}
