import { setMaxListeners } from 'node:events';
import type { Clock } from '@waterbus/cluster';
import type { FastifyBaseLogger } from 'fastify';
import type { Queries } from '../database/database.js';
import { publicLookup } from './addresses.js';
import { type Batch, type Delivery, SUSPENDED_AFTER } from './claim.js';
import { DeliveryQueue } from './delivery-queue.js';
import { MOST_ENDPOINTS } from './fair-share.js';
import { type Outcome, send } from './send.js';

/**
 * Sends due deliveries, concurrently with other servers. Every event arrives at least once, or is
 * abandoned after three days; an endpoint gets events one after the other, and in their order as
 * long as first attempts succeed.
 */
export class DeliveryWorker {
  readonly #parts: { clock: Clock; log: FastifyBaseLogger; privateToo: boolean; random: () => number };
  readonly #queue: DeliveryQueue;
  readonly #lookup = publicLookup();
  readonly #stopping = new AbortController();
  /** Batches in progress, by endpoint. */
  readonly #sending = new Map<string, { batch: Batch; done: Promise<void> }>();
  #claiming: Promise<void> | undefined;
  #claimAgain = false;
  #stopTimer: () => void = () => {};

  constructor(parts: {
    queries: Queries;
    clock: Clock;
    log: FastifyBaseLogger;
    privateToo: boolean;
    random?: () => number;
  }) {
    this.#parts = { ...parts, random: parts.random ?? Math.random };
    this.#queue = new DeliveryQueue(parts.queries);
    setMaxListeners(0, this.#stopping.signal);
    this.#poll();
  }

  /** Claims due deliveries now. */
  wake(): void {
    if (this.#stopping.signal.aborted) return;
    this.#claimAgain = true;
    this.#claiming ??= this.#claimAll().finally(() => {
      this.#claiming = undefined;
      // Requested after the last claim, and before this line.
      if (this.#claimAgain && this.#sending.size < MOST_ENDPOINTS) this.wake();
    });
  }

  /**
   * Does not wait for slow receivers: undelivered events are left to another server, or to the next
   * start.
   */
  async stop(): Promise<void> {
    this.#stopTimer();
    this.#stopping.abort();
    await this.#claiming;
    await Promise.all([...this.#sending.values()].map(({ done }) => done));
  }

  #poll(): void {
    this.wake();
    this.#stopTimer = this.#parts.clock.after(POLL_EVERY, () => this.#poll());
  }

  async #claimAll(): Promise<void> {
    const { clock, log } = this.#parts;
    try {
      while (this.#claimAgain && this.#sending.size < MOST_ENDPOINTS) {
        this.#claimAgain = false;
        const now = new Date(clock.date());
        const batches = await this.#queue.claim(now, this.#share());
        for (const batch of batches) {
          const done = this.#sendBatch(batch).finally(() => {
            this.#sending.delete(batch.webhookId);
            this.wake();
          });
          this.#sending.set(batch.webhookId, { batch, done });
        }
        // Owners that now have their share were ahead of others.
        if (batches.length > 0) this.#claimAgain = true;
      }
    } catch (error) {
      log.warn({ err: error }, 'claiming webhook deliveries failed');
    }
  }

  #share() {
    const byOwner = new Map<string, number>();
    let failing = 0;
    for (const { batch } of this.#sending.values()) {
      byOwner.set(batch.owner, (byOwner.get(batch.owner) ?? 0) + 1);
      if (batch.failures > 0) failing += 1;
    }
    return { endpoints: new Set(this.#sending.keys()), byOwner, failing };
  }

  /** Never rejects. */
  async #sendBatch(batch: Batch): Promise<void> {
    const { clock, log, privateToo } = this.#parts;
    const { signal } = this.#stopping;
    const left = [...batch.deliveries];
    try {
      for (let next = left[0]; next && batch.enabled; next = left[0]) {
        const { url, secret } = batch;
        const lookup = privateToo ? undefined : this.#lookup;
        if (signal.aborted) break;
        const outcome = await send({ url, secret, event: next.event, clock, lookup, signal });
        // Its arrival is unknown; twice is better than never.
        if (signal.aborted && outcome.status === null) break;
        await this.#note(batch, next, outcome);
        left.shift();
        // Others have their turn before the next attempt at a failing endpoint.
        if (batch.failures > 0) break;
      }
      // Disabled while these deliveries were queued.
      if (!batch.enabled) await this.#queue.disable(batch.webhookId);
      else if (batch.failures >= SUSPENDED_AFTER) await this.#suspend(batch);
      else if (left.length > 0) {
        const ids = left.map(({ event }) => event.id);
        await this.#queue.release(batch.webhookId, ids, new Date(clock.date()));
      }
    } catch (error) {
      log.warn(
        { err: error, webhookId: batch.webhookId },
        'storing the results of webhook deliveries failed; they are repeated',
      );
    }
  }

  async #note(batch: Batch, delivery: Delivery, outcome: Outcome): Promise<void> {
    const { status } = outcome;
    if (status !== null && status >= 200 && status < 300) {
      await this.#queue.delivered(batch.webhookId, delivery, status);
      if (batch.failures > 0) await this.#queue.recovered(batch.webhookId, new Date(this.#parts.clock.date()));
      batch.failures = 0;
    } else if (status === GONE) {
      await this.#queue.notDelivered(batch.webhookId, delivery, outcome, null);
      batch.enabled = false;
    } else {
      const now = this.#parts.clock.date();
      const next = nextAttempt(delivery, now, this.#parts.random());
      await this.#queue.notDelivered(batch.webhookId, delivery, outcome, next);
      batch.failures += 1;
      if (batch.failures < SUSPENDED_AFTER) await this.#queue.failed(batch.webhookId, batch.failures);
    }
  }

  async #suspend({ webhookId, failures }: Batch): Promise<void> {
    const now = this.#parts.clock.date();
    const until = new Date(now + suspension(failures));
    await this.#queue.failed(webhookId, failures, { until, givenUp: new Date(now - GIVE_UP_AFTER) });
  }
}

/** The time of the next attempt after a failure at `now`; null: never. `random`: 0 to 1. */
export function nextAttempt(
  delivery: Pick<Delivery, 'attempts' | 'createdAt'>,
  now: number,
  random: number,
): Date | null {
  const pause = PAUSES[Math.min(delivery.attempts, PAUSES.length - 1)] ?? 0;
  const next = now + pause * (1 + JITTER * (2 * random - 1));
  return next - delivery.createdAt.getTime() > GIVE_UP_AFTER ? null : new Date(next);
}

/** Milliseconds of suspension of an endpoint after this number of consecutive failures. */
export function suspension(failures: number): number {
  return SUSPENSIONS[Math.min(failures - SUSPENDED_AFTER, SUSPENSIONS.length - 1)] ?? 0;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Milliseconds: a restart of the receiver delays deliveries by seconds, and an outage does not
 * flood it. The last one repeats.
 */
const PAUSES = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR];

/**
 * Milliseconds: a restart delays deliveries by half a minute, and an outage of days by half an hour
 * after its end. The last one repeats.
 */
const SUSPENSIONS = [30 * SECOND, MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE];

/** Relative jitter, so that deliveries that failed together are not retried together. */
const JITTER = 0.2;

/** Milliseconds: a weekend without anybody to repair the receiver. */
const GIVE_UP_AFTER = 3 * DAY;

/**
 * Milliseconds: work without a signal, such as retries that become due, waits no longer than the
 * shortest pause.
 */
const POLL_EVERY = 5 * SECOND;

/** The receiver unsubscribes (standardwebhooks.com; RFC 9110 section 15.5.11). */
const GONE = 410;
