export type { Drained } from './drain/drain.js';
export type { Limits } from './limits.js';
export { createServerWs, type ServerWs, type ServerWsOptions } from './server-ws.js';
