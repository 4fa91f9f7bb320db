import type { Bus } from '@waterbus/cluster';
import { CodedError } from '@waterbus/protocol';
import type { z } from 'zod';
import { parse } from '../parse.js';
import { type BusAnswer, type BusMethod, type BusQuestion, busMethods } from './contract.js';

/**
 * Sends a request to a Server WS node. Rejects as `Bus.request` does, and with `server.internal` if
 * the answer violates the contract.
 */
export async function ask<M extends BusMethod>(
  bus: Bus,
  nodeId: string,
  method: M,
  body: BusQuestion<M>,
): Promise<BusAnswer<M>> {
  const answer = await bus.request(nodeId, method, body);
  try {
    return parse(busMethods[method].answer as z.ZodType, answer) as BusAnswer<M>;
  } catch (error) {
    throw new CodedError('server.internal', `the answer to ${method} is not in the contract: ${String(error)}`);
  }
}
