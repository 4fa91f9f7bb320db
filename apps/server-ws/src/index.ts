export type { Drained } from './drain/drain.js';
export type { Limits } from './limits.js';
export type { ServerWsOptions } from './options.js';
export { createServerWs, type ServerWs } from './server-ws.js';
