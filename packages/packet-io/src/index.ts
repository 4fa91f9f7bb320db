export { type AddressRecord, addressRecord } from './address-record.js';
export * from './interface.js';
export { openPacketSocket } from './packet-socket.js';
