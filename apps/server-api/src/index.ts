export { DataFolderError, type DataFolderErrorCode } from './database/data-folder.js';
export { makePrivate, makeSafeFolder, SharedFolderError } from './database/private-folder.js';
export type { Readiness } from './http/health-routes.js';
export { logOptions } from './http/log-options.js';
export { PROBLEM_TYPE, problemOf } from './http/problem.js';
export { securityHeaders } from './http/security-headers.js';
export { createdByOwner, defaultLimits, type Limits } from './limits/limits.js';
export type { Rate } from './limits/rate-limiter.js';
export { createServerApi, type ServerApi, type ServerApiOptions } from './server-api.js';
