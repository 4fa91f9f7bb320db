import { randomUUID } from 'node:crypto';
import { BusError } from '@waterbus/cluster';
import {
  CodedError,
  type Grants,
  isForwarded,
  type StreamKey,
  signallingWay,
  type WhipAnswer,
  type WhipBody,
  type WhipMethod,
  whipMethods,
} from '@waterbus/protocol';
import { and, eq, isNull } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import { bearerToken } from '../access/authentication.js';
import { bannedNetwork } from '../access/banned.js';
import { secretHash } from '../access/secrets.js';
import { admit, checkCapacity } from '../admission/admit.js';
import type { Queries } from '../database/database.js';
import { type MeetingRow, meetings, type StreamKeyRow, streamKeys } from '../database/schema.js';
import { logWith } from '../http/log-ids.js';
import { KEY_NETWORK } from '../limits/network.js';
import type { RetryLater } from '../limits/retry-later.js';
import { lockMeeting } from '../meeting/lock-meeting.js';
import type { ApiParts } from '../parts.js';
import { useOf } from '../stream-keys/stream-keys.js';

interface KeyOfMeeting {
  key: StreamKeyRow;
  meeting: MeetingRow;
  banned: boolean;
}

/**
 * Sessions of clients over HTTP, which publish (WHIP) or watch (WHEP). Server API authenticates and admits them, any Server WS negotiates and
 * keeps them; the id of a session is its participant's, so its home is known to every server.
 */
export class WhipSessions {
  readonly #parts: ApiParts;

  readonly #use: KeyUse;

  constructor(parts: ApiParts, use: KeyUse) {
    this.#parts = parts;
    this.#use = use;
  }

  /**
   * Publishes the streams of the offer, or fills its sections. A key has one session: an earlier one ends when the new one
   * has begun, so an encoder that lost its network need not wait for the end of it.
   */
  begin(
    request: FastifyRequest,
    wanted: { offer: string; participant?: string | undefined },
  ): Promise<WhipAnswer<'whip.publish'>> {
    const attributes = { 'http.request.method': 'POST', 'http.route': String(request.routeOptions.url) };
    const span = { name: 'api join', kind: 'server', root: true, attributes } as const;
    return this.#parts.tracer.run(span, () => this.#begin(request, wanted));
  }

  async #begin(
    request: FastifyRequest,
    { offer, participant }: { offer: string; participant?: string | undefined },
  ): Promise<WhipAnswer<'whip.publish'>> {
    const { live, limits } = this.#parts;
    await limits.count('join', request.ip);
    const { key, meeting } = await this.#keyOf(request);
    logWith(request, { meetingId: meeting.id });
    await checkCapacity({ live }, meeting.id);
    const token = await this.#admit(request);
    const session = await this.#negotiate({ token, offer, participant, ...this.#originOf(request) });
    const { participantId } = session;
    logWith(request, { participantId });
    if (!(await this.#take(key, participantId))) {
      await this.#end(meeting.id, participantId);
      throw new CodedError('token.invalid', 'the key was used or deleted at the same moment');
    }
    if (key.participantId !== null) await this.#end(meeting.id, key.participantId);
    return session;
  }

  /** Null: candidates were taken; else the server's parameters after an ICE restart. */
  async patch(
    request: FastifyRequest,
    participantId: string,
    { fragment, ifMatch }: { fragment: string; ifMatch: string },
  ): Promise<WhipAnswer<'whip.patch'>> {
    const roomId = await this.#roomOf(request, participantId);
    return this.#askHome('whip.patch', { roomId, participantId, fragment, ifMatch });
  }

  async close(request: FastifyRequest, participantId: string): Promise<void> {
    const roomId = await this.#roomOf(request, participantId);
    await this.#askHome('whip.close', { roomId, participantId });
  }

  /** The room of the key's session; of another key's the session does not exist. */
  async #roomOf(request: FastifyRequest, participantId: string): Promise<string> {
    const { key } = await readKey(this.#parts.queries, request);
    if (key.participantId !== participantId || useOf(key) !== this.#use) throw new CodedError('whip.not_found');
    logWith(request, { meetingId: key.meetingId, participantId });
    return key.meetingId;
  }

  /** Rejects unless the key admits its holder at this moment. */
  async #keyOf(request: FastifyRequest, queries: Queries = this.#parts.queries): Promise<KeyOfMeeting> {
    const found = await readKey(queries, request);
    const { key, meeting, banned } = found;
    if (useOf(key) !== this.#use) throw new CodedError('permission.denied', `this key may ${useOf(key)} only`);
    if (key.expiresAt.getTime() <= this.#parts.clock.date()) throw new CodedError('token.expired');
    if (meeting.archivedAt) throw new CodedError('meeting.archived');
    if (banned) throw new CodedError('permission.denied', 'this stream is banned');
    if (meeting.locked) throw new CodedError('meeting.locked');
    return found;
  }

  /** With the meeting locked against changes, as for everybody who joins. Returns a join token. */
  async #admit(request: FastifyRequest): Promise<string> {
    const { queries } = this.#parts;
    const { meeting } = await readKey(queries, request);
    return queries.transaction(async (transaction) => {
      await lockMeeting(transaction, meeting.id, 'share');
      const { key, meeting: now } = await this.#keyOf(request, transaction);
      const { token } = await admit(this.#parts, transaction, now, {
        participantId: randomUUID(),
        name: key.name,
        role: 'guest',
        ownGrants: GRANTS[key.source],
        // A ban of the participant is a ban of the key.
        network: networkOf(key.id),
        lifetime: TOKEN_LIFETIME,
      });
      return token;
    });
  }

  /**
   * Where the request came from, and how. The port is of use only where this process also serves
   * signalling and its relay there: alone, and without a proxy in front.
   */
  #originOf({ ip, raw }: FastifyRequest): Pick<WhipBody<'whip.publish'>, 'address' | 'forwarded' | 'way'> {
    const { cluster, options } = this.#parts;
    const way = signallingWay(raw, options.publicUrl);
    const isAlone = cluster.sharedKeys === undefined;
    return {
      address: ip,
      forwarded: isForwarded(raw.headers),
      way: way && (isAlone ? way : { host: way.host, isTls: way.isTls }),
    };
  }

  /** Tries one Server WS after the other: a draining one refuses before it uses the token up. */
  async #negotiate(body: WhipBody<'whep.watch'>): Promise<WhipAnswer<'whip.publish'>> {
    const method = this.#use === 'watch' ? 'whep.watch' : 'whip.publish';
    const { cluster } = this.#parts;
    const nodes = (await cluster.nodes.list('ws')).filter(({ draining }) => !draining);
    const first = Math.floor(Math.random() * nodes.length);
    for (let tries = 0; tries < Math.min(nodes.length, MOST_NODES); tries += 1) {
      const node = nodes[(first + tries) % nodes.length]!;
      try {
        return answerOf(method, await cluster.bus.request(node.id, method, body));
      } catch (error) {
        if (isElsewhere(error)) continue;
        throw error instanceof BusError ? new UnavailableError() : error;
      }
    }
    throw new UnavailableError();
  }

  async #askHome<M extends 'whip.patch' | 'whip.close'>(method: M, body: WhipBody<M>): Promise<WhipAnswer<M>> {
    const { cluster } = this.#parts;
    const home = await cluster.rooms.home(body.roomId, body.participantId);
    if (!home) throw cluster.recovering ? new UnavailableError() : new CodedError('whip.not_found');
    try {
      return answerOf(method, await cluster.bus.request(home.nodeId, method, body));
    } catch (error) {
      if (error instanceof BusError) throw new UnavailableError();
      throw error;
    }
  }

  /** Makes the session the key's, unless the key has another session since, or is deleted. */
  async #take(key: StreamKeyRow, participantId: string): Promise<boolean> {
    const { queries, clock } = this.#parts;
    const former =
      key.participantId === null ? isNull(streamKeys.participantId) : eq(streamKeys.participantId, key.participantId);
    const rows = await queries
      .update(streamKeys)
      .set({ participantId, lastUsedAt: new Date(clock.date()) })
      .where(and(eq(streamKeys.id, key.id), former))
      .returning({ id: streamKeys.id });
    return rows.length > 0;
  }

  /** A session that cannot be ended now ends with its transport. */
  async #end(roomId: string, participantId: string): Promise<void> {
    await this.#askHome('whip.close', { roomId, participantId }).catch((error) => {
      if (error instanceof CodedError && error.code === 'whip.not_found') return;
      const ids = { meetingId: roomId, participantId };
      this.#parts.log.warn({ ...ids, err: error }, 'an earlier session of a stream key was not ended');
    });
  }
}

/** Rejects with `token.invalid` for an unknown key. */
async function readKey(queries: Queries, request: FastifyRequest): Promise<KeyOfMeeting> {
  const hash = secretHash(bearerToken(request.headers.authorization));
  const [row] = await queries
    .select({ key: streamKeys, meeting: meetings })
    .from(streamKeys)
    .innerJoin(meetings, eq(meetings.id, streamKeys.meetingId))
    .where(eq(streamKeys.secretHash, hash));
  if (!row) throw new CodedError('token.invalid');
  const bans = await queries
    .select({ id: meetings.id })
    .from(meetings)
    .where(and(eq(meetings.id, row.meeting.id), bannedNetwork(networkOf(row.key.id))));
  return { ...row, banned: bans.length > 0 };
}

function networkOf(keyId: string): string {
  return `${KEY_NETWORK}${keyId}`;
}

function answerOf<M extends WhipMethod>(method: M, answer: unknown): WhipAnswer<M> {
  const parsed = whipMethods[method].answer.safeParse(answer);
  if (!parsed.success) throw new CodedError('server.internal', `the answer to ${method} is not in the contract`);
  return parsed.data as WhipAnswer<M>;
}

/** Whether another Server WS may take the same request. */
function isElsewhere(error: unknown): boolean {
  if (error instanceof BusError) return error.reason === 'no-such-node';
  return error instanceof CodedError && error.code === 'server.draining';
}

class UnavailableError extends CodedError implements RetryLater {
  /** Seconds: a drain or a restart takes a few. */
  readonly retryAfter = 5;

  constructor() {
    super('server.unavailable', 'no server takes streams now');
  }
}

const GRANTS: Record<StreamKeyRow['source'], Grants> = {
  camera: { publish: ['microphone', 'camera'], subscribe: false, moderate: false, hidden: false },
  screen: { publish: ['screen-audio', 'screen'], subscribe: false, moderate: false, hidden: false },
  none: { publish: [], subscribe: true, moderate: false, hidden: false },
};

/** What a key is for. */
export type KeyUse = StreamKey['use'];

/** Seconds: the token goes straight to a Server WS. */
const TOKEN_LIFETIME = 30;

/** Of a cluster whose servers all drain at once, some are enough to know. */
const MOST_NODES = 3;
