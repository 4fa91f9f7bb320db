import { Readable } from 'node:stream';
import type { Unsubscribe } from '@waterbus/cluster';
import {
  isPrivate,
  type MeetingEvent,
  meetingEventSchema,
  meetingTopic,
  type PrivateMessage,
  type UserEvent,
  userTopic,
  userTopicEventSchema,
} from '@waterbus/protocol';
import { and, eq, gt } from 'drizzle-orm';
import { sessions } from '../database/schema.js';
import type { ApiParts } from '../parts.js';
import { type Membership, membershipsOf } from './memberships.js';

export type StreamParts = Pick<ApiParts, 'queries' | 'cluster' | 'clock' | 'log' | 'workers'>;

interface Followed extends Membership {
  stop: Unsubscribe;
}

/**
 * One reader's server-sent events: of every meeting of which the user is a member, in the order of
 * arrival. While the stream reads memberships again it holds events back, so that nobody receives
 * an event of a meeting after the removal from it.
 */
export class UserStream {
  /** Text of type text/event-stream. Destroying it ends the stream. */
  readonly output: Readable;
  readonly #parts: StreamParts;
  readonly #userId: string;
  readonly #sessionId: string;
  readonly #followed = new Map<string, Followed>();
  #stopUser: Unsubscribe = () => {};
  #stopTimer: Unsubscribe = () => {};
  #ended = false;
  /** Milliseconds since 1970, as read last. */
  #sessionExpiresAt = Number.POSITIVE_INFINITY;
  /** Meetings whose membership has to be read again. */
  #stale: Set<string> | 'all' = 'all';
  #refreshing = false;
  #held: { followed: Followed; meetingEvent: MeetingEvent }[] = [];
  #listChanged = false;

  constructor(parts: StreamParts, who: { userId: string; sessionId: string }, onEnd: () => void) {
    this.#parts = parts;
    this.#userId = who.userId;
    this.#sessionId = who.sessionId;
    this.output = new Readable({ read: () => {} });
    this.output.once('close', () => {
      this.end();
      onEnd();
    });
  }

  /** Resolves when no later event is missed. */
  async start(): Promise<void> {
    this.#stopUser = await this.#subscribe(userTopic(this.#userId), (message) => this.#handleUserTopic(message));
    await this.#refresh('all');
    this.#write(`retry: ${RECONNECT_PAUSE}\n\n`);
    await this.#checkSession();
  }

  /** Disconnects a reader that is too slow to receive the end. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopTimer();
    this.#stopUser();
    for (const { stop } of this.#followed.values()) stop();
    this.#followed.clear();
    this.#held = [];
    if (this.output.readableLength > 0) this.output.destroy();
    else this.output.push(null);
  }

  #handleUserTopic(message: unknown): void {
    const parsed = userTopicEventSchema.safeParse(message);
    if (!parsed.success || this.#ended) return;
    switch (parsed.data.type) {
      case 'session.ended':
        if (parsed.data.sessionId === this.#sessionId) this.end();
        else if (parsed.data.sessionId === undefined) void this.#checkSession();
        return;
      case 'meetings.changed':
        this.#listChanged = true;
        void this.#refresh('all');
        return;
    }
  }

  #handleMeetingTopic(followed: Followed, message: unknown): void {
    const parsed = meetingEventSchema.safeParse(message);
    if (!parsed.success || this.#ended) return;
    const meetingEvent = parsed.data;
    if (meetingEvent.type === 'members.changed') void this.#refresh(followed.meetingId);
    if (!this.#refreshing) this.#deliver(followed, meetingEvent);
    else if (this.#held.push({ followed, meetingEvent }) > MOST_HELD) this.output.destroy();
  }

  #deliver(followed: Followed, meetingEvent: MeetingEvent): void {
    if (this.#followed.get(followed.meetingId) !== followed) return;
    if (meetingEvent.type === 'waiting.changed' && followed.role === 'member') return;
    if (isPrivate(meetingEvent) && !isSide(this.#userId, meetingEvent.message)) return;
    // Of the call only.
    if (meetingEvent.type.startsWith('breakouts.')) return;
    this.#send({ ...meetingEvent, meetingCode: followed.meetingCode });
    // Its members can still read it, but it has no more events (M4).
    if (meetingEvent.type === 'meeting.updated' && meetingEvent.meeting.archivedAt !== null) this.#unfollow(followed);
  }

  /** Never rejects. A running refresh also covers this one. */
  async #refresh(what: string | 'all'): Promise<void> {
    if (what === 'all') this.#stale = 'all';
    else if (this.#stale !== 'all') this.#stale.add(what);
    if (this.#refreshing) return;
    this.#refreshing = true;
    try {
      await this.#readMemberships();
    } catch (error) {
      this.#parts.log.warn(
        { err: error, userId: this.#userId },
        'reading the memberships of a stream failed, and the stream ends',
      );
      this.output.destroy();
    }
    this.#refreshing = false;
    if (this.#listChanged) this.#send({ type: 'meetings.changed' });
    this.#listChanged = false;
    const held = this.#held;
    this.#held = [];
    for (const { followed, meetingEvent } of held) this.#deliver(followed, meetingEvent);
  }

  /** Until none is stale. */
  async #readMemberships(): Promise<void> {
    while (!this.#ended && (this.#stale === 'all' || this.#stale.size > 0)) {
      const scope = this.#stale === 'all' ? undefined : [...this.#stale];
      this.#stale = new Set();
      const memberships = await membershipsOf(this.#parts.queries, this.#userId, scope);
      const added = await this.#follow(memberships, scope ?? [...this.#followed.keys()]);
      // Changes between reading and subscribing were missed.
      if (added) this.#stale = 'all';
    }
  }

  /** True when meetings were added. */
  async #follow(memberships: Membership[], scope: string[]): Promise<boolean> {
    const current = new Map(memberships.map((membership) => [membership.meetingId, membership]));
    for (const meetingId of scope) {
      const followed = this.#followed.get(meetingId);
      if (!followed || current.has(meetingId)) continue;
      this.#unfollow(followed);
      this.#listChanged = true;
    }
    let added = false;
    await Promise.all(
      memberships.map(async (membership) => {
        const known = this.#followed.get(membership.meetingId);
        if (known) {
          known.role = membership.role;
          return;
        }
        added = true;
        const followed: Followed = { ...membership, stop: () => {} };
        this.#followed.set(membership.meetingId, followed);
        followed.stop = await this.#subscribe(meetingTopic(membership.meetingId), (message) =>
          this.#handleMeetingTopic(followed, message),
        );
      }),
    );
    return added;
  }

  #unfollow(followed: Followed): void {
    followed.stop();
    this.#followed.delete(followed.meetingId);
  }

  async #subscribe(topic: string, listener: (message: unknown) => void): Promise<Unsubscribe> {
    const stop = await this.#parts.cluster.bus.subscribe(topic, listener);
    if (this.#ended) stop();
    return stop;
  }

  /**
   * Ends the stream with its session; otherwise keeps intermediaries from timing out the
   * connection.
   */
  async #checkSession(): Promise<void> {
    this.#stopTimer();
    await this.#readSession();
    const { clock } = this.#parts;
    const left = this.#sessionExpiresAt - clock.date();
    if (left <= 0) this.end();
    if (this.#ended) return;
    this.#write(':\n\n');
    this.#stopTimer();
    this.#stopTimer = clock.after(Math.min(HEARTBEAT, left), () => void this.#checkSession());
  }

  async #readSession(): Promise<void> {
    const { queries, clock, log, workers } = this.#parts;
    // The database is lent to a successor: the last known state holds.
    if (workers.isPaused) return;
    try {
      const [session] = await queries
        .select({ expiresAt: sessions.expiresAt })
        .from(sessions)
        .where(and(eq(sessions.id, this.#sessionId), gt(sessions.expiresAt, new Date(clock.date()))));
      this.#sessionExpiresAt = session?.expiresAt.getTime() ?? 0;
    } catch (error) {
      // The database is unreachable, and nothing changes without it: the last known state holds.
      log.warn({ err: error, userId: this.#userId }, 'reading the session of a stream failed');
    }
  }

  #send(event: UserEvent): void {
    this.#write(`data: ${JSON.stringify(event)}\n\n`);
  }

  #write(text: string): void {
    if (this.#ended) return;
    if (this.output.readableLength > LONGEST_BACKLOG) this.output.destroy();
    else this.output.push(text);
  }
}

/** Milliseconds between comments: proxies commonly time out a silent answer after 30 s to 60 s. */
const HEARTBEAT = 15_000;

/** Milliseconds after which a browser's EventSource reconnects. */
const RECONNECT_PAUSE = 2000;

/**
 * Bytes that wait for a slow reader beside the socket's own buffers: a hundred messages of the
 * longest kind.
 */
const LONGEST_BACKLOG = 1024 * 1024;

/** Events held back while memberships are read, which takes milliseconds. */
const MOST_HELD = 1000;

function isSide(userId: string, { author, to }: Pick<PrivateMessage, 'author' | 'to'>): boolean {
  return author.userId === userId || to.userId === userId;
}
