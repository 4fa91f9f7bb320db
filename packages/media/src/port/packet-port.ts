export * from './words.js';

/**
 * The packet plane as the engine needs it: `PacketSocket` of `@waterbus/packet-io` satisfies it
 * structurally, tests use an in-memory one. `words.ts` is the layout of its descriptors.
 */
export interface PacketPort {
  /** Memory shared with the packet plane. */
  readonly arena: Uint8Array;
  /** Offset of the engine's part of the arena: packet store, RTCP and STUN scratch. */
  readonly callerOffset: number;
  readonly callerBytes: number;
  readonly received: Int32Array;
  readonly sends: Int32Array;
  readonly fingerprint: { algorithm: string; value: string };
  openSession(): number;
  /**
   * Both answer whether the session has the address now: an address that another session's peer has
   * proved remains with that session.
   */
  setAddress(session: number, addressOffset: number): boolean;
  addAddress(session: number, addressOffset: number): boolean;
  /**
   * From now on header extensions leave under this peer's ids: 16 numbers by the router's id, 0 for
   * those that it does not take.
   */
  setExtensionIds(session: number, ids: Uint8Array): void;
  /**
   * The SSRC was used and never will be again in this session. No packet of it may be pending for a
   * flush.
   */
  forgetStream(session: number, ssrc: number): void;
  startDtls(session: number, role: 'client' | 'server', remote: { algorithm: string; value: string }): void;
  closeSession(session: number): void;
  sendTo(addressOffset: number, offset: number, length: number): void;
  flush(count: number): void;
}
