import { type Connectivity, connectivitySchema } from '@waterbus/protocol';
import { request, understood } from './rest-request.js';

/** The servers to try before a call. */
export async function getConnectivity(options: { server?: string; signal?: AbortSignal }): Promise<Connectivity> {
  return understood(connectivitySchema, await request({ ...options, path: '/v1/connectivity' }));
}
