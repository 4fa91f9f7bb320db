/**
 * Numbers of STUN (RFC 8489 section 18), of its use by ICE (RFC 8445 section 20) and of TURN (RFC
 * 8656 sections 17 to 19).
 */

export const MAGIC_COOKIE = 0x2112a442;
export const HEADER_BYTES = 20;
export const TRANSACTION_ID_BYTES = 12;

/** Of a transaction id in its message. The magic cookie precedes it. */
export const TRANSACTION_ID_OFFSET = 8;

export const Method = {
  Binding: 0x001,
  Allocate: 0x003,
  Refresh: 0x004,
  Send: 0x006,
  Data: 0x007,
  CreatePermission: 0x008,
  ChannelBind: 0x009,
} as const;

export const MessageClass = { Request: 0, Indication: 1, Success: 2, Error: 3 } as const;

/** The first two bytes of Binding messages: method and class. */
export const BindingType = { Request: 0x0001, Indication: 0x0011, Success: 0x0101, Error: 0x0111 } as const;

export const Attribute = {
  MappedAddress: 0x0001,
  Username: 0x0006,
  MessageIntegrity: 0x0008,
  ErrorCode: 0x0009,
  UnknownAttributes: 0x000a,
  ChannelNumber: 0x000c,
  Lifetime: 0x000d,
  XorPeerAddress: 0x0012,
  Data: 0x0013,
  Realm: 0x0014,
  Nonce: 0x0015,
  XorRelayedAddress: 0x0016,
  RequestedAddressFamily: 0x0017,
  EvenPort: 0x0018,
  RequestedTransport: 0x0019,
  DontFragment: 0x001a,
  MessageIntegritySha256: 0x001c,
  PasswordAlgorithm: 0x001d,
  XorMappedAddress: 0x0020,
  ReservationToken: 0x0022,
  Priority: 0x0024,
  UseCandidate: 0x0025,
  AdditionalAddressFamily: 0x8000,
  AddressErrorCode: 0x8001,
  PasswordAlgorithms: 0x8002,
  Software: 0x8022,
  Fingerprint: 0x8028,
  IceControlled: 0x8029,
  IceControlling: 0x802a,
} as const;

/** A receiver may ignore attributes from here on when it does not know them (section 14). */
export const FIRST_OPTIONAL = 0x8000;

/** The first byte but one of an address attribute's value. */
export const AddressFamily = { IPv4: 0x01, IPv6: 0x02 } as const;

/** The reasons that RFC 8489 section 14.8, RFC 8656 section 19 and RFC 8445 section 20.2 recommend. */
export const reasons = {
  400: 'Bad Request',
  401: 'Unauthenticated',
  403: 'Forbidden',
  420: 'Unknown Attribute',
  437: 'Allocation Mismatch',
  438: 'Stale Nonce',
  440: 'Address Family not Supported',
  441: 'Wrong Credentials',
  442: 'Unsupported Transport Protocol',
  443: 'Peer Address Family Mismatch',
  486: 'Allocation Quota Reached',
  487: 'Role Conflict',
  500: 'Server Error',
  508: 'Insufficient Capacity',
} as const;

export type ErrorCode = keyof typeof reasons;

/** The hash of a message's integrity: MESSAGE-INTEGRITY or MESSAGE-INTEGRITY-SHA256. */
export type IntegrityHash = 'sha1' | 'sha256';

/** The HMAC with a hash that the caller knows; cryptography is a parameter. */
export type Hmac = (key: Uint8Array, data: Uint8Array) => Uint8Array;
