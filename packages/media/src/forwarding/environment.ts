import type { SentNumbers } from '../nack/sent-numbers.js';
import type { OutgoingPacket } from '../port/outgoing-packet.js';
import type { PacketPort } from '../port/packet-port.js';
import type { SendQueue } from '../port/send-queue.js';
import type { PacketStore } from '../store/packet-store.js';

/** The parts of the engine that producers and consumers need. */
export interface ForwardingEnvironment {
  readonly port: PacketPort;
  readonly sendQueue: SendQueue;
  readonly sentNumbers: SentNumbers;
  readonly store: PacketStore;
  /** The packet that a consumer sends at the moment. */
  readonly outgoing: OutgoingPacket;
  /** Milliseconds of the caller's monotonic clock, from the current call. */
  now: number;
  random32(): number;
  /** Work for this session threw: its transport ends, and nothing else. */
  fail(session: number, error: unknown): void;
}
