import { systemClock } from '@waterbus/cluster';
import { CodedError, PROTOCOL_VERSION, type WhipAnswer, type WhipBody, type WhipMethod } from '@waterbus/protocol';
import { node, open } from './real-node.js';
import { ALL_GRANTS, Client, joinToken, Participant } from './signalling.js';

/** The grants of an encoder. */
export const PUBLISHES = {
  ...ALL_GRANTS,
  publish: ['microphone', 'camera'],
  subscribe: false,
} as typeof ALL_GRANTS;

/** The origin of each request over HTTP. */
export const ORIGIN = { address: '127.0.0.1', forwarded: false };

/** A request as Server API makes it. */
export function request<M extends WhipMethod>(method: M, body: WhipBody<M>): Promise<WhipAnswer<M>> {
  return node.cluster.bus.request('ws-1', method, body) as Promise<WhipAnswer<M>>;
}

/** The code of a refusal. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => new Error('it was done'),
    (reason: unknown) => reason,
  );
  return error instanceof CodedError ? error.code : (error as Error).message;
}

/** A participant with a socket. */
export async function join(name: string): Promise<Participant> {
  const client = new Client(node.url);
  open.push({ close: () => client.socket.disconnect() });
  const token = await joinToken(systemClock, { name });
  return new Participant(client, await client.ok('join', { token, protocolVersion: PROTOCOL_VERSION }));
}
