/**
 * Attribute and message numbers of RFC 8489 and RFC 8445, and the sizes that both parser and
 * builder need.
 */
export const StunAttribute = {
  MappedAddress: 0x0001,
  Username: 0x0006,
  MessageIntegrity: 0x0008,
  ErrorCode: 0x0009,
  UnknownAttributes: 0x000a,
  XorMappedAddress: 0x0020,
  Priority: 0x0024,
  UseCandidate: 0x0025,
  Software: 0x8022,
  Fingerprint: 0x8028,
  IceControlled: 0x8029,
  IceControlling: 0x802a,
} as const;

export const StunType = {
  BindingRequest: 0x0001,
  BindingIndication: 0x0011,
  BindingSuccess: 0x0101,
  BindingError: 0x0111,
} as const;

/** RFC 8489 section 5. */
export const STUN_HEADER_BYTES = 20;
export const MAGIC_COOKIE = 0x2112a442;
/** HMAC-SHA1 is 20 bytes long, after 4 of attribute header (RFC 8489 section 14.5). */
export const INTEGRITY_ATTRIBUTE_BYTES = 24;
/** RFC 8489 section 14.7. */
export const FINGERPRINT_ATTRIBUTE_BYTES = 8;
/**
 * XORed with the CRC, so that it differs from the CRC of an application protocol (RFC 8489 section
 * 14.7).
 */
export const FINGERPRINT_XOR = 0x5354554e;
/** Attributes with this bit set may be ignored when unknown (RFC 8489 section 14). */
export const COMPREHENSION_OPTIONAL = 0x8000;
