import type { Hmac } from '@waterbus/stun';
import type { PacketPort } from '../port/packet-port.js';

/** The parts of the engine that an agent needs. */
export interface IceEnvironment {
  readonly port: PacketPort;
  readonly hmacSha1: Hmac;
  random(bytes: Uint8Array): void;
  /** Offset of the memory for STUN messages, `MAX_STUN_BYTES` long. */
  readonly stunScratch: number;
}
