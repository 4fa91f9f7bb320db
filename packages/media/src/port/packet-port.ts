/**
 * The packet plane as the engine needs it: `PacketSocket` of `@waterbus/packet-io` satisfies it
 * structurally, tests use an in-memory one. The numbers below are that package's descriptor layout;
 * media-host type-checks that they agree.
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
   * The SSRC was used and never will be again in this session. No packet of it may be pending for a
   * flush.
   */
  forgetStream(session: number, ssrc: number): void;
  startDtls(session: number, role: 'client' | 'server', remote: { algorithm: string; value: string }): void;
  closeSession(session: number): void;
  sendTo(addressOffset: number, offset: number, length: number): void;
  flush(count: number): void;
}

/** Words of one receive descriptor. */
export const ReceiveWord = {
  Kind: 0,
  Session: 1,
  Offset: 2,
  Length: 3,
  Age: 4,
  Address: 5,
  Flags: 6,
  Reserved: 7,
} as const;
export const RECEIVE_WORDS = 8;

export const ReceiveKind = { Stun: 1, Rtp: 2, Rtcp: 3, Dtls: 4, Flood: 5 } as const;

/** Media in order, from an address of the session that is not its current one. */
export const ReceiveFlag = { Elsewhere: 1 } as const;

/** Values of the `Offset` word in a `ReceiveKind.Dtls` record. */
export const DtlsState = { Connecting: 1, Connected: 2, Failed: 3, Closed: 4 } as const;

/** Words of one send descriptor. */
export const SendWord = {
  Session: 0,
  Offset: 1,
  Length: 2,
  Flags: 3,
  PayloadType: 4,
  SequenceNumber: 5,
  Timestamp: 6,
  Ssrc: 7,
  TransportWide: 8,
  TransportWideOffset: 9,
  OriginalSequenceNumber: 10,
  PayloadPatch: 11,
  PayloadLow: 12,
  PayloadHigh: 13,
} as const;
export const SEND_WORDS = 16;

export const SendFlag = { Rtp: 1, Rtx: 2, Payload: 4, Repeatable: 8, Audio: 16, Marker: 32 } as const;

/** Byte 0 family (4 or 6), byte 1 protocol, bytes 2-3 port, bytes 4-19 address, bytes 20-35 local address, 36-39 reserved. */
export const ADDRESS_BYTES = 40;
