import { loadOnce } from '../parts/load-code.js';

/** Rejects with `network.unreachable`. */
export const loadCall = loadOnce(() => import('./call-code.js'));
