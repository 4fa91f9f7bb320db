import type { Bus, Unsubscribe } from '@waterbus/cluster';
import { CodedError } from '@waterbus/protocol';
import type { z } from 'zod';
import type { LogIds } from '../bound-logger.js';
import { parse } from '../parse.js';
import type { Refusals } from '../refusals.js';
import {
  type BusBody,
  type BusEvent,
  type BusMethod,
  type BusReply,
  type BusTopic,
  busMethods,
  busTopics,
} from './contract.js';

export type BusHandlers = { [M in BusMethod]: (body: BusBody<M>) => Promise<BusReply<M>> };

/**
 * Answers the requests to a node. A body that does not match its method is answered with
 * `request.invalid` and reaches no handler; an error of a handler is answered, counted and logged,
 * and has no other effect.
 */
export function serveBus(bus: Bus, nodeId: string, handlers: BusHandlers, refusals: Refusals): Promise<Unsubscribe> {
  return bus.serve(nodeId, async (method, body) => {
    if (!isMethod(method)) {
      refusals.count('busInvalid', { method: shown(method) });
      throw new CodedError('request.not_found', shown(method));
    }
    const parsed = parseBody(method, body);
    try {
      return await (handlers[method] as (body: unknown) => Promise<unknown>)(parsed);
    } catch (error) {
      if (error instanceof CodedError) throw error;
      refusals.count('busFailed', {
        method,
        ...idsIn(parsed),
        error: error instanceof Error ? error.name : typeof error,
      });
      throw new CodedError('server.internal');
    }
  });

  function parseBody(method: BusMethod, body: unknown): unknown {
    try {
      return parse(busMethods[method].body as z.ZodType, body);
    } catch (error) {
      refusals.count('busInvalid', { method, error: String(error) });
      throw error;
    }
  }
}

/**
 * A listener of one topic that receives events of the contract only; all others are dropped and
 * counted.
 */
export function topicListener<T extends BusTopic>(
  topic: T,
  refusals: Refusals,
  listener: (event: BusEvent<T>) => void,
): (message: unknown) => void {
  return (message) => {
    let event: BusEvent<T>;
    try {
      event = parse(busTopics[topic].event as z.ZodType, message) as BusEvent<T>;
    } catch (error) {
      refusals.count('busInvalid', { topic, error: String(error) });
      return;
    }
    listener(event);
  };
}

function isMethod(method: string): method is BusMethod {
  return Object.hasOwn(busMethods, method);
}

/** Bodies of the contract name a participant in one way. */
function idsIn(body: unknown): Partial<LogIds> {
  const { roomId, participantId } = (body ?? {}) as { roomId?: unknown; participantId?: unknown };
  return {
    ...(typeof roomId === 'string' && { meetingId: roomId }),
    ...(typeof participantId === 'string' && { participantId }),
  };
}

/** The sender, possibly an attacker, chose the name. */
function shown(method: string): string {
  return method.slice(0, 64);
}
