import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ask, elapsed, nextMessage } from '../forward/children.js';
import type { ClientsReply, ClientsRequest } from './clients.js';
import type { Reading, ServerReply, ServerRequest } from './server.js';

/** The cost of one join, or of the joins of a crowd. */
export interface Cost {
  /** Milliseconds of CPU of Server WS. */
  cpu: number;
  /** The part that was deducted: what the same time costs without a join. */
  idle: number;
  /** Bytes that Server WS sent to its clients, and received from them. */
  sent: number;
  received: number;
  /** Milliseconds until the answer. */
  answer: number;
  consumers: number;
}

/** A Server WS with one room, and its clients. */
export class Subject {
  private constructor(
    private readonly server: ChildProcess,
    private readonly clients: ChildProcess,
    private readonly origin: string,
  ) {}

  /** `tree`: this repository or the checkout of another revision. `redis`: its cluster, if any. */
  static async start(tree: string, secret: string, redis?: { url: string }): Promise<Subject> {
    const environment = { env: { ...process.env, BENCH_SECRET: secret }, execArgv: process.execArgv };
    const server = fork(
      script('./server.ts'),
      [tree, secret, ...(redis ? [JSON.stringify({ url: redis.url })] : [])],
      environment,
    );
    const clients = fork(script('./clients.ts'), environment);
    const { origin } = await nextMessage<ServerReply, 'ready'>(server, 'ready');
    return new Subject(server, clients, origin);
  }

  async fill(people: number, publishers: number): Promise<void> {
    await this.ask({ type: 'fill', origin: this.origin, people, publishers }, 'filled');
    // The code of a join is compiled by now, also in a small room.
    for (let n = people; n < WARM; n += 1) {
      await this.ask({ type: 'join', count: 1, atOnce: 1 }, 'joined');
      await this.ask({ type: 'leave' }, 'left');
    }
    await elapsed(SETTLE);
  }

  /**
   * The mean cost of so many newcomers; they leave again. `profile`: the file for a CPU profile.
   */
  async join(count: number, atOnce: number, profile?: string): Promise<Cost> {
    if (profile) await this.askServer({ type: 'profile' });
    const began = performance.now();
    const before = await this.reading();
    const { answer, consumers } = await this.ask({ type: 'join', count, atOnce }, 'joined');
    await elapsed(SETTLE);
    const after = await this.reading();
    const took = performance.now() - began;
    if (profile) await this.askServer({ type: 'profiled', file: profile });
    await this.ask({ type: 'leave' }, 'left');
    await elapsed(SETTLE);
    const wait = Math.min(took, LONGEST_IDLE);
    const idle = await this.idle(wait);
    const share = took / wait;
    return {
      cpu: (after.cpu - before.cpu - idle.cpu * share) / 1000 / count,
      idle: (idle.cpu * share) / 1000 / count,
      sent: (after.sent - before.sent - idle.sent * share) / count,
      received: (after.received - before.received - idle.received * share) / count,
      answer,
      consumers,
    };
  }

  async close(): Promise<void> {
    if (this.clients.connected) this.clients.disconnect();
    if (!this.server.connected) return;
    const gone = once(this.server, 'exit');
    this.server.disconnect();
    await gone;
  }

  /** The same time without a join: pings, heartbeats, reports and the reading itself. */
  private async idle(milliseconds: number): Promise<Omit<Reading, 'type'>> {
    const before = await this.reading();
    await elapsed(milliseconds);
    const after = await this.reading();
    return {
      cpu: after.cpu - before.cpu,
      sent: after.sent - before.sent,
      received: after.received - before.received,
    };
  }

  private reading(): Promise<Reading> {
    return this.askServer({ type: 'reading' });
  }

  private askServer<T extends ServerRequest['type']>(request: Extract<ServerRequest, { type: T }>) {
    return ask<ServerReply, T>(this.server, request, request.type as T);
  }

  private ask<T extends ClientsReply['type']>(request: ClientsRequest, type: T) {
    return ask<ClientsReply, T>(this.clients, request, type);
  }
}

function script(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** Joins after which the figures are steady. */
const WARM = 150;
/** Milliseconds until the trailing work of a join, such as records, is done. */
const SETTLE = 30;
/** Milliseconds: long enough for a rate. */
const LONGEST_IDLE = 3000;
