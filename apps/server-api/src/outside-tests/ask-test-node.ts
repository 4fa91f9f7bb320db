import { BusError } from '@waterbus/cluster';
import {
  CodedError,
  type OutsideTestAnswer,
  type OutsideTestBody,
  type OutsideTestMethod,
  outsideTestMethods,
  outsideTestNode,
  outsideTokenSchema,
} from '@waterbus/protocol';
import type { ApiParts } from '../parts.js';

/** Sends a request about a test to the Server WS that keeps it. */
export async function askTestNode<M extends Exclude<OutsideTestMethod, 'outside.open'>>(
  { cluster }: Pick<ApiParts, 'cluster'>,
  method: M,
  body: OutsideTestBody<M>,
): Promise<OutsideTestAnswer<M>> {
  const nodeId = outsideTokenSchema.safeParse(body.token).success ? outsideTestNode(body.token) : undefined;
  const node = nodeId === undefined ? undefined : await cluster.nodes.get(nodeId);
  if (node?.kind !== 'ws') throw new CodedError('outside_test.not_found');
  return send({ cluster }, node.id, method, body);
}

/** Starts a test on this Server WS, or on any. */
export async function openTest(
  { cluster }: Pick<ApiParts, 'cluster'>,
  nodeId: string | undefined,
): Promise<OutsideTestAnswer<'outside.open'>> {
  const nodes = await cluster.nodes.list('ws');
  const node = nodes.find(({ id, draining }) => (nodeId === undefined ? !draining : id === nodeId));
  if (!node) throw new CodedError('server.unavailable', 'there is no such Server WS');
  return send({ cluster }, node.id, 'outside.open', {});
}

async function send<M extends OutsideTestMethod>(
  { cluster }: Pick<ApiParts, 'cluster'>,
  nodeId: string,
  method: M,
  body: OutsideTestBody<M>,
): Promise<OutsideTestAnswer<M>> {
  try {
    const answer = await cluster.bus.request(nodeId, method, body, { timeout: TIMEOUT });
    return outsideTestMethods[method].answer.parse(answer) as OutsideTestAnswer<M>;
  } catch (error) {
    throw error instanceof BusError ? new CodedError('server.unavailable') : error;
  }
}

/** Milliseconds: a media node that is busy answers late. */
const TIMEOUT = 5_000;
