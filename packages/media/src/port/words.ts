// A copy of packages/packet-io/src/words.ts, made by its words.mjs.

// The words of the descriptors: the one definition. words.mjs makes the C++ header of it, and the
// copy of the media engine, which imports no other package.

/** Words of one receive descriptor. All offsets are bytes into the arena. */
export const ReceiveWord = {
  /** One of `ReceiveKind`. */
  Kind: 0,
  /** Session index, or -1 (a STUN message from an address that belongs to no session). */
  Session: 1,
  /**
   * Where the bytes start in the arena; for RTP and RTCP already authenticated and decrypted. For
   * `Dtls`: a `DtlsState`; for `Flood` and `Gone` 0.
   */
  Offset: 2,
  /** Length in bytes. */
  Length: 3,
  /** Age of the packet in microseconds at the batch's `now` (never negative). */
  Age: 4,
  /**
   * Where the sender's address record (`ADDRESS_BYTES` long) starts in the arena. For `Dtls`,
   * `Flood` and `Gone`: the session's current address, or the last one.
   */
  Address: 5,
  /** Bits of `ReceiveFlag`. */
  Flags: 6,
  Reserved: 7,
} as const;
export const RECEIVE_WORDS = 8;

/**
 * `Gone`: the TCP connection of the session's current address has ended, and nothing is sent now.
 */
export const ReceiveKind = { Stun: 1, Rtp: 2, Rtcp: 3, Dtls: 4, Flood: 5, Gone: 6 } as const;

export const ReceiveFlag = {
  /**
   * RTP and RTCP: the packet arrived in order, from an address of the session that is not the
   * current one.
   */
  Elsewhere: 1,
} as const;

/** The states in the `Offset` word of a `ReceiveKind.Dtls` record. */
export const DtlsState = { Connecting: 1, Connected: 2, Failed: 3, Closed: 4 } as const;

/** Words of one send descriptor. */
export const SendWord = {
  /**
   * Session index. A descriptor for a session that is closed or not yet keyed is dropped and
   * counted.
   */
  Session: 0,
  /**
   * Where the packet starts in the arena. RTP: a whole packet whose header is patched when it
   * leaves; RTCP: a compound packet.
   */
  Offset: 1,
  Length: 2,
  /** Bits of `SendFlag`. */
  Flags: 3,
  /**
   * RTP: payload type (0-127); the marker bit is the stored packet's, or set by `SendFlag.Marker`.
   */
  PayloadType: 4,
  /** RTP: sequence number (16 bit). */
  SequenceNumber: 5,
  /** RTP: timestamp (32 bit, as int32). */
  Timestamp: 6,
  /** RTP: SSRC (32 bit, as int32). */
  Ssrc: 7,
  /** Transport-wide sequence number (16 bit) or -1. Written at `TransportWideOffset`. */
  TransportWide: 8,
  /** Byte offset, from the packet's start, of the two bytes of the transport-wide sequence number. */
  TransportWideOffset: 9,
  /**
   * With `SendFlag.Rtx`: the original sequence number, inserted before the payload (RFC 4588
   * section 4).
   */
  OriginalSequenceNumber: 10,
  /**
   * With `SendFlag.Payload`: length (1-8) << 16 | byte offset from the packet's start of the bytes
   * that words 12 and 13 replace, either all in the payload or all in the header extension.
   */
  PayloadPatch: 11,
  /** Replacement bytes 0-3, first byte in the lowest bits. */
  PayloadLow: 12,
  /** Replacement bytes 4-7. */
  PayloadHigh: 13,
  /**
   * The addon's: in a flush it notes here the bytes before the payload, so that it parses a header
   * once.
   */
  HeaderLength: 14,
  Reserved: 15,
} as const;
export const SEND_WORDS = 16;

export const SendFlag = {
  /** An RTP packet (absent: RTCP). */
  Rtp: 1,
  /** Insert `OriginalSequenceNumber` between header and payload. */
  Rtx: 2,
  /**
   * Replace the bytes that `PayloadPatch` names (a codec's picture id, the decode targets of a
   * dependency descriptor).
   */
  Payload: 4,
  /**
   * The packet may be sent again under its number, with this flag again: the same descriptor over
   * the same bytes, with the same transport-wide number. It is never padded. Any other packet under
   * a used number is dropped (`sendErrors`).
   */
  Repeatable: 8,
  /** RTP audio: while the socket buffer is full, it leaves before video and is dropped after it. */
  Audio: 16,
  /**
   * The packet leaves with the marker bit, whatever the bit of the stored one: a frame whose later
   * layers are not sent ends here.
   */
  Marker: 32,
} as const;

/**
 * An address record: byte 0 family (4 or 6), byte 1 an `AddressProtocol` (of UDP plus 16 times the
 * index of the local port: 0 `port`, then `extraPorts`), bytes 2-3 port big-endian,
 * bytes 4-19 the address (IPv4 in bytes 4-7), bytes 20-35 the local address at which the datagram
 * arrived. Bytes 36-39: of UDP the interface of a link-local peer, of TCP the number of the
 * connection, so that a later connection of the same 4-tuple has another address.
 */
export const ADDRESS_BYTES = 40;

export const AddressProtocol = { Udp: 0, Tcp: 1 } as const;
