export { addressBytes, addressText, type Endpoint, readAddress, readXorAddress, xorAddressValue } from './address.js';
export { equalBytes, latin1, padding, read16, read32 } from './bytes.js';
export { beginsStun, parseStun, type StunMessage } from './message.js';
export {
  AddressFamily,
  Attribute,
  BindingType,
  type ErrorCode,
  FIRST_OPTIONAL,
  HEADER_BYTES,
  type Hmac,
  type IntegrityHash,
  MessageClass,
  Method,
  TRANSACTION_ID_BYTES,
  TRANSACTION_ID_OFFSET,
} from './numbers.js';
export { errorValue, type NewAttribute, uint32, writeMessage } from './write-message.js';
export { StunWriter } from './writer.js';
