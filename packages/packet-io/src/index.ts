export * from './interface.js';
export { openPacketSocket } from './packet-socket.js';
