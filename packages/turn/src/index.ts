export { canonical, type Family, familyOf } from './addresses.js';
export { type Credentials, timeLimitedCredentials } from './credentials/time-limited.js';
export { defaultTurnLimits, type TurnLimits } from './limits.js';
export type { Clock as TurnClock, Peers, TurnRefusal } from './server/environment.js';
export type { DatagramClients } from './sockets/datagram-clients.js';
export type { InboxAddress } from './sockets/inbox.js';
export { type TurnHandles, TurnServer, type TurnServerOptions } from './sockets/turn-server.js';
export type { UdpHandle } from './sockets/udp-handle.js';
