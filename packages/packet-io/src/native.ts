import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { IncomingBudget, TcpLimits } from './interface.js';

/** The exports of native/addon.cc, argument for argument. Only src/packet-socket.ts calls them. */
export interface NativeSocket {
  buffer: ArrayBuffer;
  port: number;
  extraPorts: number[];
  address: string;
  fingerprint: string;
  receiveBuffer: number;
  sendBuffer: number;
  receivedOffset: number;
  receivedCapacity: number;
  sendsOffset: number;
  callerOffset: number;
  openSession(): number;
  setAddress(session: number, addressOffset: number): boolean;
  addAddress(session: number, addressOffset: number): boolean;
  startDtls(session: number, client: boolean, algorithm: string, value: string): void;
  setKeys(session: number, profile: string, send: Uint8Array, receive: Uint8Array): void;
  setExtensionIds(session: number, ids: Uint8Array): void;
  forgetStream(session: number, ssrc: number): void;
  profile(session: number): string | undefined;
  closeSession(session: number): void;
  sendTo(addressOffset: number, offset: number, length: number): void;
  flush(count: number): void;
  wakeAt(time: number): void;
  counters(): Record<string, number>;
  close(): void;
}

/** The result of a failed opening: the system's code, its message, and the call. */
export interface NativeOpenFailure {
  code: string;
  reason: string;
  call: string;
  port: number;
  /** The TCP socket failed, beside an open one of UDP. */
  tcp: boolean;
}

export interface NativeOptions {
  address: string;
  port: number;
  extraPorts: number[];
  maxSessions: number;
  callerBytes: number;
  receiveBatch: number;
  sendCapacity: number;
  socketBuffer: number;
  profiles: string;
  disableGso: boolean;
  dtlsMtu: number;
  clockOffset: number;
  incoming: IncomingBudget;
  queueAge: number;
  moderateAbove: number;
  tcp: boolean;
  tcpLimits: TcpLimits;
  onBatch(count: number, now: number): void;
  onWake(now: number): void;
}

export interface Native {
  openPacketSocket(options: NativeOptions): NativeSocket | NativeOpenFailure;
}

const require = createRequire(import.meta.url);

/** `PACKET_IO_ADDON` names another binary, for the sanitizer build. */
export const native: Native = process.env.PACKET_IO_ADDON
  ? require(process.env.PACKET_IO_ADDON)
  : require('node-gyp-build')(fileURLToPath(new URL('..', import.meta.url)));
