import { CodedError } from '@waterbus/protocol';
import type { Clock } from '../clock.js';
import { type Bus, BusError, REQUEST_TIMEOUT } from '../cluster.js';
import type { Mishaps } from '../mishaps.js';
import { Listeners } from './listeners.js';
import type { Member } from './member.js';

type Handler = (method: string, body: unknown) => Promise<unknown>;

interface PendingRequest {
  member: Member;
  server: Member;
  nodeId: string;
  fail(error: BusError): void;
}

/** Thrown by a handler that stands for another process, in which nobody serves the node any more. */
export class HandlerGone extends BusError {
  constructor() {
    super('no-such-node', 'The node answers no more');
  }
}

/** Messages to all subscribers of a topic, and requests to one node. */
export class BusHub {
  readonly #clock: Clock;
  readonly #mishaps: Mishaps;
  readonly #topics = new Map<string, Listeners<unknown>>();
  readonly #servers = new Map<string, { member: Member; handler: Handler }>();
  readonly #pending = new Set<PendingRequest>();

  constructor(clock: Clock, mishaps: Mishaps) {
    this.#clock = clock;
    this.#mishaps = mishaps;
  }

  for(member: Member): Bus {
    return {
      publish: async (topic, message) => {
        member.assertOpen();
        this.#topics.get(topic)?.emit(message);
      },
      subscribe: async (topic, listener) => {
        member.assertOpen();
        return this.#subscribe(member, topic, listener);
      },
      request: async (nodeId, method, body, options) => {
        member.assertOpen();
        return this.#request(member, nodeId, method, body, options?.timeout ?? REQUEST_TIMEOUT);
      },
      serve: async (nodeId, handler) => {
        member.assertOpen();
        if (this.#servers.has(nodeId)) throw new Error(`Node ${nodeId} is served already`);
        const server = { member, handler };
        this.#servers.set(nodeId, server);
        return () => {
          if (this.#servers.get(nodeId) === server) this.#servers.delete(nodeId);
        };
      },
      listens: async (nodeId) => {
        member.assertOpen();
        return this.#servers.has(nodeId);
      },
    };
  }

  /**
   * Before a member leaves: requesters with pending requests to it are notified. A killed process
   * sends no notification.
   */
  leave(member: Member): void {
    for (const { server, member: asker, nodeId, fail } of this.#pending) {
      if (server === member && asker !== member) fail(new BusError('no-such-node', `Node ${nodeId} answers no more`));
    }
  }

  drop(member: Member): void {
    for (const [topic, listeners] of this.#topics) {
      listeners.drop(member);
      if (listeners.size === 0) this.#topics.delete(topic);
    }
    for (const [nodeId, server] of this.#servers) if (server.member === member) this.#servers.delete(nodeId);
    for (const pending of this.#pending) {
      if (pending.member === member) pending.fail(new BusError('closed', 'The asker has left the cluster'));
    }
  }

  #subscribe(member: Member, topic: string, listener: (message: unknown) => void) {
    let listeners = this.#topics.get(topic);
    if (!listeners) {
      listeners = new Listeners<unknown>(this.#mishaps, 'topic');
      this.#topics.set(topic, listeners);
    }
    const remove = listeners.add(member, listener);
    return () => {
      remove();
      if (listeners.size === 0 && this.#topics.get(topic) === listeners) this.#topics.delete(topic);
    };
  }

  #request(member: Member, nodeId: string, method: string, body: unknown, timeout: number): Promise<unknown> {
    const server = this.#servers.get(nodeId);
    if (!server) throw new BusError('no-such-node', `No node ${nodeId} answers requests`);
    const question = structuredClone(body);
    return new Promise((resolve, reject) => {
      const settle = () => {
        cancelTimeout();
        this.#pending.delete(pending);
      };
      const pending: PendingRequest = {
        member,
        server: server.member,
        nodeId,
        fail: (error) => {
          settle();
          reject(error);
        },
      };
      const cancelTimeout = this.#clock.after(timeout, () => {
        pending.fail(new BusError('timeout', `Node ${nodeId} did not answer ${method} within ${timeout} ms`));
      });
      this.#pending.add(pending);
      answer(server.handler, method, question, this.#mishaps).then(
        (result) => {
          // A killed process answers nothing.
          if (server.member.ended || !this.#pending.has(pending)) return;
          settle();
          resolve(result);
        },
        (error: unknown) => {
          if (server.member.ended || !this.#pending.has(pending)) return;
          settle();
          reject(error);
        },
      );
    });
  }
}

/**
 * Never runs within the requester's call; the result is a copy, and an error keeps its code only.
 */
async function answer(handler: Handler, method: string, body: unknown, mishaps: Mishaps): Promise<unknown> {
  await undefined;
  try {
    return structuredClone(await handler(method, body));
  } catch (error) {
    if (error instanceof CodedError) throw new CodedError(error.code, error.detail);
    if (error instanceof HandlerGone) throw error;
    mishaps.count('requestsFailed', { method, error: String(error) });
    throw new CodedError('server.internal');
  }
}
