export type { TurnHandles, UdpHandle } from '@waterbus/turn';
export type { Limits } from './limits.js';
export type { Drained } from './moving/drain.js';
export type { ServerWsOptions } from './options.js';
export { capacityOf, type ServerWsFigures, type WorkerReport } from './runtime/figures.js';
export { createServerWs, type ServerWs } from './server-ws.js';
export { network } from './sockets/callers.js';
export { proxyAddresses } from './sockets/client-address.js';
export type { TurnPort } from './turn/turn-relay.js';
