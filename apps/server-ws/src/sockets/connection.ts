import type { Clock } from '@waterbus/cluster';
import type { Logger } from '@waterbus/media-host';
import {
  type ClientResponse,
  CodedError,
  JOIN_DEADLINE,
  JOINED_EVENT,
  type JoinedResponse,
  type Reply,
  type ServerEvent,
  type ServerEventName,
} from '@waterbus/protocol';
import type { Limits } from '../limits.js';
import { reachableCandidates } from '../media/participant/reachable-candidates.js';
import type { AdmittedResponse } from '../participants/admission.js';
import type { ClientSocket } from '../participants/client-socket.js';
import type { Participants } from '../participants/participants.js';
import type { SessionRequests } from '../participants/requests.js';
import type { Session } from '../participants/session.js';
import type { Refusals } from '../refusals.js';
import type { RoomEvents } from '../rooms/room-events.js';
import type { SharedEvent } from '../rooms/shared-event.js';
import { TokenBucket } from '../time/token-bucket.js';
import type { IceServers } from '../turn/ice-servers.js';
import { type ParsedRequest, parseRequest } from './parse-request.js';
import type { Wire } from './wire.js';

export interface ConnectionContext {
  participants: Participants;
  requests: SessionRequests;
  iceServers: IceServers;
  clock: Clock;
  logger: Logger;
  limits: Limits;
  refusals: Refusals;
  /** The network of the socket, for quotas. */
  caller: string;
}

/**
 * One socket: parses any input, answers each request once, and separates the network from typed
 * code.
 */
export class Connection implements ClientSocket {
  private session: Session | undefined;
  private joining = false;
  /** The deadline for joining has passed. */
  private isLate = false;
  private closedByPeer = false;
  /** Ends once the requests under way are answered. */
  private ending = false;
  private pending = 0;
  /** The number of the latest request. */
  private requests = 0;
  private bucket: TokenBucket;
  private readonly stopDeadline: () => void;

  constructor(
    private readonly wire: Wire,
    private readonly context: ConnectionContext,
  ) {
    const { clock, limits } = context;
    this.bucket = new TokenBucket(limits.joinRequestsPerSecond, limits.joinRequestBurst, clock.now());
    this.stopDeadline = clock.after(JOIN_DEADLINE, () => {
      this.isLate = true;
      if (this.session || this.joining) return;
      context.refusals.count('socketsLate');
      this.end();
    });
  }

  get caller(): string {
    return this.context.caller;
  }

  /** A message of the client: an event's name and arguments, of any form. */
  receive(message: readonly unknown[]): void {
    if (this.closedByPeer || this.ending) return;
    const acknowledge = message.at(-1);
    const answerable = typeof acknowledge === 'function';
    const reply = (answer: Reply<unknown>) => {
      if (!answerable) return;
      acknowledge(answer);
      this.wire.answered();
    };
    if (!this.bucket.take(this.context.clock.now())) {
      this.context.refusals.count('socketsLimited', { joined: this.session !== undefined, ...this.session?.ids });
      reply(refusal(new CodedError('limit.reached', 'too many requests')));
      this.end();
      return;
    }
    // A client that expects no answer does not use this protocol.
    if (answerable) void this.answer(message[0], message[1], reply);
  }

  /** The payload of the client's connect packet: a `join` in it is answered by an event. */
  opened(payload: unknown): void {
    const { join } = (payload ?? {}) as { join?: unknown };
    if (join === undefined) return;
    this.receive(['join', join, (answer: Reply<unknown>) => this.wire.emit(JOINED_EVENT, answer)]);
  }

  /** The socket has ended. */
  closed(): void {
    this.closedByPeer = true;
    this.stopDeadline();
    this.session?.detach(this);
  }

  emit<N extends ServerEventName>(name: N, event: ServerEvent<N>): void {
    this.wire.emit(name, event);
  }

  emitShared(event: SharedEvent): void {
    this.wire.emitShared(event);
  }

  emitRoom(batch: RoomEvents, first: number): void {
    this.wire.emitRoom(batch, first);
  }

  end(): void {
    this.ending = true;
    if (this.pending === 0) this.wire.disconnect();
  }

  private async answer(name: unknown, body: unknown, reply: (answer: Reply<unknown>) => void): Promise<void> {
    this.pending += 1;
    this.requests += 1;
    const requestId = `${this.wire.id}-${this.requests}`;
    try {
      if (!this.session && name !== 'join' && name !== 'resume') throw new CodedError('session.not_joined');
      const parsed = parseRequest(String(name), body);
      if (parsed.name === 'join' || parsed.name === 'resume') await this.enter(parsed, reply);
      else reply({ ok: true, data: await this.perform(parsed) });
    } catch (error) {
      reply(this.refused(name, error, requestId));
    }
    this.pending -= 1;
    if (this.ending) this.end();
  }

  private async enter(
    parsed: Extract<ParsedRequest, { name: 'join' | 'resume' }>,
    reply: (answer: Reply<JoinedResponse>) => void,
  ): Promise<void> {
    if (this.session || this.joining) throw new CodedError('session.already_joined');
    this.joining = true;
    const { joining, resuming } = this.context.participants;
    try {
      const admission =
        parsed.name === 'join'
          ? await joining.join(parsed.request, this)
          : await resuming.resume(parsed.request.resumeToken, parsed.request.protocolVersion, this);
      const { session } = admission;
      this.session = session;
      const { limits, clock } = this.context;
      this.bucket = new TokenBucket(limits.requestsPerSecond, limits.requestBurst, clock.now());
      this.wire.joined();
      this.stopDeadline();
      if (this.closedByPeer) session.detach(this);
      else admission.answer((response) => reply({ ok: true, data: this.forClient(response) }));
    } finally {
      this.joining = false;
      if (this.isLate && !this.session) this.ending = true;
    }
  }

  private async perform(parsed: Exclude<ParsedRequest, { name: 'join' | 'resume' }>): Promise<unknown> {
    if (!this.session) throw new CodedError('session.not_joined');
    if (this.session.ended) throw new CodedError('session.expired');
    if (parsed.name === 'iceServers') return { iceServers: this.iceServersFor(this.session.participantId) };
    const handle = this.context.requests[parsed.name] as (session: Session, request: unknown) => Promise<unknown>;
    const response = await handle(this.session, parsed.request);
    return parsed.name === 'transport.open' ? this.reachable(response as ClientResponse<'transport.open'>) : response;
  }

  /** With the ways to this server that its client has. */
  private forClient(admitted: AdmittedResponse): JoinedResponse {
    const { media, participantId } = admitted;
    const response = { ...admitted, iceServers: this.iceServersFor(participantId) };
    if (!media) return response;
    const receive = media.receive.map((way) => ({ ...way, ...this.reachable(way) }));
    return { ...response, media: { ...(media.send && { send: this.reachable(media.send) }), receive } };
  }

  private iceServersFor(participantId: string): JoinedResponse['iceServers'] {
    return this.context.iceServers.for(participantId, this.wire.way);
  }

  private reachable({ mediaNodeId, transport }: ClientResponse<'transport.open'>): ClientResponse<'transport.open'> {
    const iceCandidates = reachableCandidates(transport.iceCandidates, this.wire.address);
    return { mediaNodeId, transport: { ...transport, iceCandidates } };
  }

  private refused(name: unknown, error: unknown, requestId: string): Reply<never> {
    if (error instanceof CodedError) return refusal(error);
    const logger = this.session?.logger ?? this.context.logger;
    logger.error({ requestId, request: String(name).slice(0, 64), error }, 'request failed');
    return refusal(new CodedError('server.internal'));
  }
}

function refusal({ code, detail }: CodedError): Reply<never> {
  return { ok: false, error: { code, ...(detail !== undefined && { detail }) } };
}
