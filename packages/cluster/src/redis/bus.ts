import { CodedError, type ErrorCode, errorCatalogue } from '@waterbus/protocol';
import { type Bus, BusError, REQUEST_TIMEOUT, type Unsubscribe } from '../cluster.js';
import type { Member } from './member.js';
import type { RedisNodes } from './nodes/nodes.js';
import { readJson, readObject, writeJson } from './payload.js';
import type { Seats } from './seats.js';

type Handler = (method: string, body: unknown) => Promise<unknown>;

interface PendingRequest {
  nodeId: string;
  resolve(body: unknown): void;
  reject(error: Error): void;
}

/** The destination of an answer. */
interface Question {
  id: string;
  from: string;
}

/** Messages to all subscribers of a topic, and requests to one node, over sharded channels. */
export class RedisBus implements Bus {
  readonly #pending = new Map<string, PendingRequest>();
  readonly #served = new Map<string, () => void>();
  /** Requests received here and not yet answered. */
  readonly #open = new Set<Question>();
  readonly #answering = new Set<Promise<unknown>>();
  #requests = 0;

  constructor(
    private readonly member: Member,
    private readonly nodes: RedisNodes,
    private readonly seats: Seats,
  ) {}

  async open(): Promise<void> {
    const { connection, keys, id } = this.member;
    const opened = this.#opener(keys.answers(id));
    await connection.subscribe(keys.answers(id), {
      message: (text) => opened(text, (answer) => this.#answered(answer)),
    });
  }

  async publish(topic: string, message: unknown): Promise<void> {
    this.member.assertOpen();
    await this.#send(this.member.keys.topic(topic), writeJson(message));
  }

  async subscribe(topic: string, listener: (message: unknown) => void, gap?: () => void): Promise<Unsubscribe> {
    this.member.assertOpen();
    const channel = this.member.keys.topic(topic);
    const opened = this.#opener(channel);
    return this.member.connection.subscribe(channel, {
      message: (text) =>
        opened(text, (payload) => {
          const message = readJson(payload);
          if (message === undefined) this.member.tally.count('messagesInvalid', { topic });
          else listener(message);
        }),
      gap,
    });
  }

  async request(nodeId: string, method: string, body: unknown, options?: { timeout?: number }): Promise<unknown> {
    this.member.assertOpen();
    const { clock, id: from, keys } = this.member;
    const timeout = options?.timeout ?? REQUEST_TIMEOUT;
    this.#requests += 1;
    const id = String(this.#requests);
    const trace = this.member.tracer.current();
    const text = writeJson({ id, from, method, body, ...(trace && { trace }) });
    const channel = keys.requests(nodeId);
    return new Promise((resolve, reject) => {
      const settle = () => {
        cancelTimeout();
        this.#pending.delete(id);
      };
      const pending: PendingRequest = {
        nodeId,
        resolve: (answer) => {
          settle();
          resolve(answer);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      const cancelTimeout = clock.after(timeout, () => {
        pending.reject(new BusError('timeout', `Node ${nodeId} did not answer ${method} within ${timeout} ms`));
      });
      this.#pending.set(id, pending);
      this.#ask(nodeId, channel, text, () => this.#pending.has(id)).catch(pending.reject);
    });
  }

  async serve(nodeId: string, handler: Handler): Promise<Unsubscribe> {
    this.member.assertOpen();
    const { connection, keys, id } = this.member;
    if (this.#served.has(nodeId)) throw new Error(`Node ${nodeId} is served already`);
    this.#served.set(nodeId, () => {});
    const seat = keys.requestsSeat(nodeId);
    const take = () => {
      this.seats.take(seat, id).catch(() => {});
    };
    const opened = this.#opener(keys.requests(nodeId));
    let stopListening: Unsubscribe;
    try {
      if (!(await this.seats.take(seat, id))) throw new Error(`Node ${nodeId} is served already`);
      stopListening = await connection.subscribe(keys.requests(nodeId), {
        message: (text) => opened(text, (question) => void this.#serve(handler, question)),
        late: (text) => opened(text, (question) => this.#refuse(question)),
        gap: take,
      });
    } catch (error) {
      this.#served.delete(nodeId);
      throw error;
    }
    let cancelRenewal = () => {};
    const renew = () => {
      cancelRenewal = this.member.clock.after(SEAT_RENEWAL, () => {
        take();
        renew();
      });
    };
    renew();
    const stop = () => {
      if (this.#served.get(nodeId) !== stop) return;
      this.#served.delete(nodeId);
      cancelRenewal();
      stopListening();
      this.seats.leave(seat, id).catch(() => {});
    };
    this.#served.set(nodeId, stop);
    return stop;
  }

  /**
   * Redis ends a subscription with its connection, which the kernel of a killed process closes at
   * once.
   */
  async listens(nodeId: string): Promise<boolean> {
    this.member.assertOpen();
    const { connection, keys } = this.member;
    const channel = keys.requests(nodeId);
    const reply = await connection.command(channel, ['PUBSUB', 'SHARDNUMSUB', channel]);
    const [, subscribers] = reply instanceof Map ? ([...reply][0] ?? []) : Array.isArray(reply) ? reply : [];
    return Number(subscribers) > 0;
  }

  /**
   * Stops serving; requesters that wait for an answer from here are notified that there will be
   * none.
   */
  leave(): void {
    for (const stop of [...this.#served.values()]) stop();
    for (const question of [...this.#open]) this.#answer(question, GONE);
    this.end();
  }

  /** Resolves when every answer is in Redis, or cannot be sent. */
  async answered(): Promise<void> {
    await Promise.all(this.#answering);
  }

  /** Stops serving; pending requests of this member fail. */
  end(): void {
    for (const stop of [...this.#served.values()]) stop();
    for (const pending of [...this.#pending.values()]) {
      pending.reject(new BusError('closed', 'The asker has left the cluster'));
    }
  }

  /**
   * A live node that does not listen will soon listen again: its connection was lost, perhaps
   * together with ours. While the leases are taken again, it may live without one.
   */
  async #ask(nodeId: string, channel: string, text: string, waiting: () => boolean): Promise<void> {
    const giveUpAt = this.member.clock.now() + RETURN_TIME;
    while ((await this.#send(channel, text)) === 0) {
      if (!this.nodes.recovering) {
        if (!(await this.nodes.get(nodeId))) throw new BusError('no-such-node', `No node ${nodeId} answers requests`);
        if (this.member.clock.now() >= giveUpAt) throw new BusError('timeout', `Node ${nodeId} does not listen`);
      }
      await new Promise<void>((resolve) => this.member.clock.after(RETRY_PAUSE, resolve));
      if (!waiting()) return;
    }
  }

  async #serve(handler: Handler, text: string): Promise<void> {
    const question = this.#read(text);
    if (!question) return;
    this.#open.add(question);
    const { trace } = question;
    const answer = () => this.#answerOf(handler, question);
    const span = { name: `bus ${question.method.slice(0, 64)}`, kind: 'server', parent: trace } as const;
    this.#answer(question, await (trace ? this.member.tracer.run(span, answer) : answer()));
  }

  #refuse(text: string): void {
    const question = this.#read(text);
    if (!question) return;
    this.#open.add(question);
    this.#answer(question, GONE);
  }

  #read(text: string): Request | undefined {
    const { id, from, method, body, trace } = readObject(text) ?? {};
    if (typeof id === 'string' && typeof from === 'string' && typeof method === 'string')
      return { id, from, method, body, trace: typeof trace === 'string' ? trace : undefined };
    this.member.tally.count('messagesInvalid', { what: 'request' });
    return undefined;
  }

  /** As JSON already, so that an answer without a JSON form fails like its handler. */
  async #answerOf(handler: Handler, { method, body }: { method: string; body: unknown }): Promise<string> {
    try {
      return `"body":${writeJson(await handler(method, body))}`;
    } catch (error) {
      if (error instanceof CodedError) return `"error":${writeJson({ code: error.code, detail: error.detail })}`;
      this.member.tally.count('requestsFailed', { method: method.slice(0, 64), error: String(error) });
      return `"error":${writeJson({ code: 'server.internal' })}`;
    }
  }

  /** Once. */
  #answer(question: Question, answer: string): void {
    if (!this.#open.delete(question) || this.member.ended) return;
    const { id, from } = question;
    // The requester detects a lost answer by its timeout.
    const sent = this.#send(this.member.keys.answers(from), `{"id":${writeJson(id)},${answer}}`).catch(() => {});
    this.#answering.add(sent);
    sent.finally(() => this.#answering.delete(sent));
  }

  #answered(text: string): void {
    const answer = readObject(text);
    const pending = this.#pending.get(String(answer?.id));
    if (!answer || !pending) return;
    const error = readObject(writeJson(answer.error));
    if (answer.gone === true) pending.reject(new BusError('no-such-node', `Node ${pending.nodeId} answers no more`));
    else if (error) pending.reject(readError(error));
    else pending.resolve(answer.body);
  }

  #send(channel: string, payload: string): Promise<unknown> {
    const { connection, signatures } = this.member;
    return connection.command(channel, ['SPUBLISH', channel, signatures.seal(channel, payload)]);
  }

  /** Passes on the messages that a member has signed for this channel. */
  #opener(channel: string): (text: string, hear: (payload: string) => void) => void {
    const { signatures, tally } = this.member;
    const inbox = signatures.inbox(channel);
    return (text, hear) => {
      const opened = inbox.open(text);
      if ('payload' in opened) hear(opened.payload);
      else tally.count('messagesForged', { channel, fault: opened.fault });
    };
  }
}

interface Request extends Question {
  method: string;
  body: unknown;
  /** The span of the requester, unchecked. */
  trace: string | undefined;
}

function readError({ code, detail }: Record<string, unknown>): CodedError {
  const known = typeof code === 'string' && Object.hasOwn(errorCatalogue, code);
  return known
    ? new CodedError(code as ErrorCode, typeof detail === 'string' ? detail : undefined)
    : new CodedError('server.internal');
}

/** In place of an answer: the node is no longer served. */
const GONE = '"gone":true';

/**
 * Milliseconds between two attempts to reach a node that lives but does not listen, and the total
 * duration of the attempts: the time of a reconnection.
 */
const RETRY_PAUSE = 100;
const RETURN_TIME = 1500;

/** Milliseconds; a sixth of a seat's lifetime. */
const SEAT_RENEWAL = 600_000;
