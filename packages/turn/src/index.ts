export { type Credentials, timeLimitedCredentials } from './credentials/time-limited.js';
export { defaultTurnLimits, type TurnLimits } from './limits.js';
export type { Clock as TurnClock, Peers, TurnRefusal } from './server/environment.js';
export { TurnServer, type TurnServerOptions } from './sockets/turn-server.js';
export { canonical, type Endpoint, type Family, familyOf } from './stun/address.js';
export { MAGIC_COOKIE } from './stun/constants.js';
