/** Numbers of STUN (RFC 8489 section 18) and TURN (RFC 8656 sections 17 to 19). */

export const MAGIC_COOKIE = 0x2112a442;
export const HEADER_BYTES = 20;

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

export const Attribute = {
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
  AdditionalAddressFamily: 0x8000,
  AddressErrorCode: 0x8001,
  PasswordAlgorithms: 0x8002,
  Software: 0x8022,
  Fingerprint: 0x8028,
} as const;

export const FAMILY_IPV4 = 0x01;
export const FAMILY_IPV6 = 0x02;

/** The protocol number of UDP, the only transport between a TURN server and peers here. */
export const PROTOCOL_UDP = 17;

/** The reasons that RFC 8489 section 14.8 and RFC 8656 section 19 recommend. */
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
  500: 'Server Error',
  508: 'Insufficient Capacity',
} as const;

export type ErrorCode = keyof typeof reasons;
