// Beyond 400 lines because it is the public call: each member of its interface delegates to a part.
import {
  type Breakouts,
  type ClientRequest,
  type Grants,
  type JoinedResponse,
  type MeetingEvent,
  type ParticipantQuality,
  type Reaction,
  reactionSchema,
  type SentReaction,
} from '@waterbus/protocol';
import { FramesReport } from '../adaptive/frames-report.js';
import { Interruptions } from '../adaptive/interruptions.js';
import { ProcessorWatch } from '../adaptive/processor-watch.js';
import { QualityReport } from '../adaptive/quality-report.js';
import type { WatchElement } from '../adaptive/watch-element.js';
import type {
  Call,
  CallChat,
  CallEvents,
  CallModeration,
  CallPolls,
  CloseReason,
  ConnectionState,
  MediaPath,
  PrivateChat,
} from '../api/call.js';
import type { OutgoingData } from '../api/data.js';
import type { CallOptions, PublishOptions } from '../api/join-options.js';
import type { ActiveSpeaker, LocalPublication, Metadata } from '../api/participants.js';
import { coded } from '../failures.js';
import { AbandonedTransports } from '../media/abandoned.js';
import type { MediaContext } from '../media/media-context.js';
import { Publisher } from '../media/publisher.js';
import { Subscriber } from '../media/subscriber.js';
import { type Authorize, accessTokenOf, originsOf } from '../rest/authorization.js';
import { type Entry, type SessionMessage, SignallingSession } from '../signalling/session.js';
import type { OpenSocket } from '../signalling/socket.js';
import { Settling } from '../time/settling.js';
import type { MediaDevice } from '../webrtc/device.js';
import { CallBreakouts } from './call-breakouts.js';
import { CallCodecs } from './call-codecs.js';
import { CallEmitter } from './call-emitter.js';
import { CallMedia } from './call-media.js';
import { CallRoom } from './call-room.js';
import { dataRequest, metadataRequest, receivedData } from './data.js';
import { CallIceServers } from './ice-servers.js';
import { liveModerationOf } from './live-moderation.js';
import { applyMediaMessage } from './media-messages.js';
import { NetworkChange } from './network-change.js';
import { Local, type Remote } from './participants.js';
import { privateChatOf } from './private-chat.js';
import { RepeatedMessages } from './repeated-messages.js';
import { chatOf, moderationOf, pollsOf, type RestOfCall, readMeeting, restOfCall } from './rest-of-call.js';
import { report } from './transport-report.js';

export interface LiveCallOptions extends Pick<CallOptions, 'server' | 'code' | 'accessToken'> {
  autoSubscribe: boolean;
  onlyObserved?: boolean | undefined;
  iceTransportPolicy?: RTCIceTransportPolicy | undefined;
  device: MediaDevice;
  openSocket: OpenSocket;
  authorize: Authorize;
  breakoutToken?: string | undefined;
  /** The origin to which sockets are most likely opened. */
  likelyOrigin?: string | undefined;
  /** Watches the elements that show pictures. */
  watch?: WatchElement | undefined;
}

/**
 * A call: the session reports events, the room holds its participants, publisher and subscriber move
 * the media.
 */
export class LiveCall implements Call {
  readonly code: string;
  title = '';
  readonly local: Local;
  readonly chat: CallChat;
  readonly privateChat: PrivateChat;
  readonly moderation: CallModeration;
  readonly polls: CallPolls;
  grants: Grants = { publish: [], subscribe: false, moderate: false, hidden: false };
  activeSpeakers: readonly ActiveSpeaker[] = [];
  closeReason: CloseReason | undefined;
  pinned: string | undefined;
  /** Requests in the name of this participant, not of its user. */
  readonly asParticipant: RestOfCall;
  #rest: RestOfCall;
  #breakouts: CallBreakouts;
  #server: string | undefined;
  #session: SignallingSession;
  #device: MediaDevice;
  #ready: Promise<void> | undefined;
  #codecs: CallCodecs;
  #iceServers = new CallIceServers(() => this.#session);
  #autoSubscribe: boolean;
  #publisher: Publisher;
  #subscriber: Subscriber;
  #room: CallRoom;
  #events = new CallEmitter();
  #syncing = new Settling(() => this.#sync());
  #messages = new RepeatedMessages();
  #data = new RepeatedMessages();
  #network = new NetworkChange();
  #frames: FramesReport;
  #seen: QualityReport;
  #processor = new ProcessorWatch();
  #abandoned: AbandonedTransports;
  #media = new CallMedia(this.#events, () => ({
    connection: this.connection,
    isSilent: this.#publisher.silent,
    quality: this.local.connectionQuality,
    receives: this.#subscriber.transports.length > 0,
  }));

  constructor(options: LiveCallOptions) {
    this.code = options.code;
    this.#server = options.server;
    this.#device = options.device;
    this.#autoSubscribe = options.autoSubscribe;
    this.#codecs = new CallCodecs(options.device, () => this.#room.audience);
    this.#breakouts = new CallBreakouts(options.breakoutToken);
    this.#session = this.#openSession(options);
    this.#frames = new FramesReport(this.#session);
    this.#seen = new QualityReport(this.#session);
    this.#abandoned = new AbandonedTransports(this.#session);
    const context = {
      session: this.#session,
      device: options.device,
      ice: () => ({ iceServers: this.#iceServers.present, iceTransportPolicy: options.iceTransportPolicy }),
      ready: () => this.#ready ?? Promise.reject(coded('session.not_joined')),
      health: this.#media.health,
      paths: this.#media.paths,
      interruptions: new Interruptions(),
      abandoned: this.#abandoned,
    };
    this.#publisher = this.#openPublisher(context);
    this.#subscriber = this.#openSubscriber(context, options);
    this.#room = new CallRoom({
      events: this.#events,
      publisher: this.#publisher,
      subscriber: this.#subscriber,
      onGap: () => this.#syncing.kick(),
    });
    this.local = new Local(() => this.#room.self, this.#publisher);
    const { server, code } = options;
    // A user who is no member has rights as a participant alone.
    const token = async () =>
      (this.local.role === 'guest' ? undefined : await accessTokenOf(options)) ?? this.#session.resumeToken;
    this.#rest = restOfCall({ server, code, token });
    this.asParticipant = restOfCall({ server, code, token: async () => this.#session.resumeToken });
    this.chat = chatOf(this.#rest);
    this.privateChat = privateChatOf(this.#rest);
    this.polls = pollsOf(this.#rest);
    this.moderation = { ...moderationOf(this.#rest), ...liveModerationOf(this.#session) };
  }

  get connection(): ConnectionState {
    return this.#session.connection;
  }

  get media(): Call['media'] {
    return this.#media.state;
  }

  get path(): MediaPath | undefined {
    return this.#media.path;
  }

  get participants(): readonly Remote[] {
    return this.#room.remotes;
  }

  get spotlight(): string | undefined {
    return this.#room.spotlight;
  }

  get observers(): number {
    return this.#room.observers;
  }

  get breakouts(): Call['breakouts'] {
    return this.#breakouts.open;
  }

  get breakoutId(): string | undefined {
    return this.#breakouts.here;
  }

  get breakoutToken(): string | undefined {
    return this.#breakouts.token;
  }

  on<K extends keyof CallEvents>(event: K, listener: CallEvents[K]): () => void {
    return this.#events.on(event, listener);
  }

  off<K extends keyof CallEvents>(event: K, listener: CallEvents[K]): void {
    this.#events.off(event, listener);
  }

  /** Joins; resolves when the room is known and the media are on their way. */
  async start(signal?: AbortSignal): Promise<void> {
    // Takes some tens of milliseconds, in which Server API decides.
    void this.#device.ownCapabilities();
    void this.#codecs.measure().then(() => this.#publisher.audienceChanged());
    try {
      await this.#session.start(signal);
      await this.#ready;
    } catch (error) {
      await this.leave();
      this.#stop();
      throw error;
    }
  }

  async publish(track: MediaStreamTrack, options: PublishOptions): Promise<LocalPublication> {
    if (this.connection === 'closed') throw coded('session.not_joined', 'The call is over');
    const publication = this.#publisher.publish(track, options);
    await publication.whenSettled();
    return publication;
  }

  /** Publishes without waiting: a refusal only removes the publication. */
  publishSoon(track: MediaStreamTrack, options: PublishOptions): void {
    this.#publisher.publish(track, options);
  }

  reconnectMedia(): void {
    this.#publisher.reconnect();
    this.#subscriber.reconnect();
  }

  meeting(): ReturnType<Call['meeting']> {
    return readMeeting(this.#rest);
  }

  async sendData(message: OutgoingData): Promise<void> {
    if (!this.grants.sendData) throw coded('permission.denied', 'sending data is not granted');
    await this.#session.request('data.send', dataRequest(message));
  }

  async setMetadata(metadata: Metadata): Promise<void> {
    if (!this.grants.setMetadata) throw coded('permission.denied', 'changing metadata is not granted');
    await this.#session.request('participant.setMetadata', metadataRequest(metadata));
  }

  async pin(participantId: string | undefined): Promise<void> {
    this.pinned = participantId;
    this.#events.changed();
    await this.#session.request('pin', { participantId: participantId ?? null }).catch(() => {});
  }

  async raiseHand(): Promise<void> {
    await this.#session.request('hand.raise', {});
  }

  async lowerHand(): Promise<void> {
    await this.#session.request('hand.lower', {});
  }

  async react(emoji: Reaction): Promise<void> {
    await this.#session.request('react', { emoji });
  }

  /** The breakout rooms, as Server API has answered them: events may have been missed. */
  foundBreakouts(breakouts: Breakouts | null): void {
    this.#breakouts.open = breakouts ?? undefined;
    this.#events.changed();
  }

  async moveTo(breakoutId: string | null): Promise<void> {
    await this.#session.change(async () => {
      const entered = await this.#breakouts.enter(this.asParticipant, breakoutId);
      return { token: entered.token, origins: originsOf({ server: this.#server }, entered.signalling) };
    });
  }

  leave(): Promise<void> {
    return this.#session.leave();
  }

  /** Called every few seconds. */
  async reportFrames(): Promise<void> {
    if (await this.#processor.check(this.#publisher.senders)) {
      this.#codecs.overloaded();
      this.#publisher.reconsiderCodecs();
    }
    const { paths } = this.#media;
    const received = this.#subscriber.transports.map(({ transport }) => ({
      id: transport.id,
      stats: async () => {
        const report = await paths.read(transport);
        this.#seen.read(transport, report);
        return report;
      },
    }));
    await this.#frames.check(received);
    await this.#seen.checked(paths.slowest);
  }

  networkChanged(): void {
    this.#network.happened();
    this.#session.networkChanged();
  }

  async stats(): ReturnType<Call['stats']> {
    const send = this.#publisher.transport;
    return Promise.all([
      ...(send ? [report('send' as const, send)] : []),
      ...this.#subscriber.transports.map((transport) => report('receive' as const, transport)),
    ]);
  }

  #openSession({ openSocket, authorize, likelyOrigin }: LiveCallOptions): SignallingSession {
    return new SignallingSession({
      openSocket,
      authorize: async (signal) => {
        const { token, origins, title, breakouts } = await authorize(signal, this.#breakouts.token);
        this.title = title ?? this.title;
        if (breakouts !== undefined) this.#breakouts.open = breakouts ?? undefined;
        return { token, origins };
      },
      likelyOrigin,
      firstMedia: () => this.#firstMedia(),
      listener: {
        entered: (response, entry) => this.#entered(response, entry),
        message: (message) => this.#message(message),
        connection: (state) => {
          this.#events.emit('connection', state);
          this.#media.update();
        },
        closed: (reason) => this.#closed(reason),
      },
    });
  }

  #openPublisher(context: MediaContext): Publisher {
    return new Publisher({
      ...context,
      onUpdate: (publication) => this.#events.emit('local.updated', publication),
      onMuted: (publication) => this.#events.emit('local.muted', publication),
      onOpen: (mediaNodeId) => this.#subscriber.prepare(mediaNodeId),
      onArriving: () => this.#media.update(),
      chooseCodec: (source) => this.#codecs.choose(source),
      audience: () => this.#room.audience,
    });
  }

  #openSubscriber(context: MediaContext, { onlyObserved = false, autoSubscribe, watch }: LiveCallOptions): Subscriber {
    const options = {
      ...context,
      granted: () => this.grants.subscribe,
      others: () => this.#room.others,
      decodes: () => this.#codecs.decodes,
      onReceiver: (producerId: string) => this.#room.trackChanged(producerId),
      onLayers: (producerId: string) => this.#room.layersChanged(producerId),
      onlyObserved,
      watch,
    };
    return new Subscriber(options, autoSubscribe);
  }

  #entered(response: JoinedResponse, way: Entry): void {
    this.#room.enteredAs(response.participantId);
    if (this.#ready) this.#granted(response.grants);
    else this.grants = response.grants;
    this.#iceServers.received(response.iceServers);
    this.#codecs.setting = response.videoCodec ?? 'auto';
    if (!this.#ready) {
      this.#ready = this.#codecs.load(response.rtpCapabilities);
      this.#ready.catch(() => {});
    }
    // If a participant speaks now, the event follows.
    this.#speaking([]);
    this.#publisher.drainingUnknown();
    this.#subscriber.drainingUnknown();
    if (way === 'joined') this.pinned = response.pinned;
    const isElsewhere = this.#breakouts.entered(response.room.roomId);
    // The connection was lost while the other room was being joined.
    const entry = isElsewhere && way === 'resumed' ? 'rejoined' : way;
    const anew = entry === 'joined' || entry === 'rejoined';
    if (entry === 'rejoined') {
      this.#subscriber.forget();
      // It described the former participant.
      this.local.connectionQuality = undefined;
      if (this.pinned !== undefined) void this.pin(this.pinned);
    }
    if (anew) this.#subscriber.given(response.media?.receive ?? []);
    this.#room.snapshot(response.room, anew);
    this.#continueMedia(response, entry);
    if (isElsewhere) this.#events.emit('room', this.breakoutId);
  }

  #continueMedia({ media, room }: JoinedResponse, entry: Entry): void {
    switch (entry) {
      case 'joined':
        this.#publisher.start(media?.send);
        this.#subscriber.roomChanged();
        return;
      case 'resumed':
        this.#publisher.resumed(this.#room.self.producers, room.version, this.#network.lately);
        this.#subscriber.resumed(room, this.#network.lately);
        this.#abandoned.kick();
        this.#network.over();
        return;
      case 'moved':
        this.#publisher.moved();
        this.#subscriber.moved();
        this.#abandoned.kick();
        return;
      case 'rejoined':
        this.#publisher.reset(media?.send);
        // All transports of the former participant ended with it.
        this.#abandoned.forget();
        this.#subscriber.roomChanged();
        return;
    }
  }

  async #firstMedia(): Promise<ClientRequest<'join'>['media']> {
    const receive = this.#autoSubscribe ? await this.#device.ownCapabilities() : undefined;
    return { send: this.#publisher.publications.length > 0, ...(receive && { receive }) };
  }

  #message(message: SessionMessage): void {
    switch (message.name) {
      case 'room':
        this.#room.event(message.data);
        return;
      case 'quality':
        for (const quality of message.data.participants) this.#quality(quality);
        return;
      case 'grants':
        this.#granted(message.data);
        return;
      case 'meeting':
        this.#meetingEvent(message.data);
        return;
      case 'data':
        if (this.#data.isRepeated(message.data.id)) return;
        this.#events.signal('data', receivedData(message.data, this.#room.remote(message.data.participantId)));
        return;
      case 'reactions':
        for (const reaction of message.data.reactions) this.#reaction(reaction);
        return;
      case 'activeSpeakers':
        this.#speaking(message.data.speakers);
        return;
      default:
        applyMediaMessage(message, this.#publisher, this.#subscriber);
    }
  }

  #granted(grants: Grants): void {
    const before = this.grants;
    if (JSON.stringify(before) === JSON.stringify(grants)) return;
    this.grants = grants;
    this.#publisher.granted(grants.publish);
    if (before.subscribe && !grants.subscribe) this.#subscriber.reset();
    else this.#subscriber.roomChanged();
    this.#events.emit('grants', grants);
  }

  #meetingEvent(event: MeetingEvent): void {
    if (event.type === 'meeting.updated') {
      this.title = event.meeting.title;
      this.#codecs.setting = event.meeting.settings.videoCodec;
      this.#publisher.audienceChanged();
    }
    this.#breakouts.event(event);
    if (event.type === 'message.created' && this.#messages.isRepeated(event.message.id)) return;
    this.#events.emit('meeting', event);
  }

  async #sync(): Promise<void> {
    if (this.connection !== 'connected') return;
    const { room } = await this.#session.request('sync', {});
    this.#room.snapshot(room, false);
  }

  #speaking(speakers: readonly ActiveSpeaker[]): void {
    if (speakers.length === 0 && this.activeSpeakers.length === 0) return;
    this.activeSpeakers = speakers;
    this.#events.emit('activeSpeakers', speakers);
  }

  /** Those that this version does not know are ignored. */
  #reaction({ participantId, emoji }: SentReaction): void {
    const known = reactionSchema.safeParse(emoji);
    if (known.success) this.#events.emit('reaction', { participantId, emoji: known.data });
  }

  #quality(report: ParticipantQuality): void {
    const { participantId, ...quality } = report;
    if (participantId !== this.local.id) {
      this.#room.quality(report);
      return;
    }
    this.local.connectionQuality = quality;
    this.#events.emit('local.updated', undefined);
    this.#media.update();
  }

  #closed(reason: CloseReason): void {
    this.closeReason = reason;
    this.#publisher.close();
    this.#subscriber.close();
    this.#events.close(reason);
    this.#stop();
  }

  #stop(): void {
    this.#network.over();
    this.#iceServers.stop();
    this.#media.health.close();
    this.#abandoned.stop();
    this.#syncing.stop();
    this.#publisher.close();
    this.#subscriber.close();
    this.#events.stop();
  }
}
