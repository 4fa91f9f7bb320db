// Beyond 400 lines because all events of a call are handled here, in handlers of a few lines each.
import {
  type ClientRequest,
  decodedVideoCodecs,
  type Grants,
  type JoinedResponse,
  type MeetingEvent,
  type ParticipantQuality,
  type RoomChange,
  type RoomParticipant,
  type RoomSnapshot,
  type Source,
  type VideoCodec,
  type VideoCodecSetting,
} from '@waterbus/protocol';
import { FramesReport } from '../adaptive/frames-report.js';
import { MediaHealth } from '../adaptive/media-health.js';
import { ProcessorWatch } from '../adaptive/processor-watch.js';
import type { WatchElement } from '../adaptive/watch-element.js';
import type {
  ActiveSpeaker,
  Call,
  CallChat,
  CallEvents,
  CallModeration,
  CallOptions,
  CloseReason,
  ConnectionState,
  LocalPublication,
  PublishOptions,
} from '../call.js';
import { Emitter } from '../emitter.js';
import { coded } from '../failures.js';
import { AbandonedTransports } from '../media/abandoned.js';
import { chooseCodec, type Decodes } from '../media/codec-choice.js';
import { Publisher } from '../media/publisher.js';
import { Subscriber } from '../media/subscriber.js';
import { type Authorize, accessTokenOf } from '../rest/authorization.js';
import { RoomMirror } from '../room/room-mirror.js';
import { type Entry, SignallingSession } from '../signalling/session.js';
import type { OpenSocket, ServerMessage } from '../signalling/socket.js';
import { Settling } from '../time/settling.js';
import type { MediaDevice } from '../webrtc/device.js';
import { NetworkChange } from './network-change.js';
import { Local, Remote, type RemoteStream } from './participants.js';
import { chatOf, moderationOf, type RestOfCall, readMeeting, restOfCall } from './rest-of-call.js';
import { report } from './transport-report.js';

export interface LiveCallOptions extends Pick<CallOptions, 'server' | 'code' | 'accessToken'> {
  autoSubscribe: boolean;
  onlyObserved?: boolean | undefined;
  device: MediaDevice;
  openSocket: OpenSocket;
  authorize: Authorize;
  /** The origin to which sockets are most likely opened. */
  likelyOrigin?: string | undefined;
  /** Watches the elements that show pictures. */
  watch?: WatchElement | undefined;
}

/**
 * A call: the session reports events, the mirror holds the room's state, publisher and subscriber
 * move the media.
 */
export class LiveCall implements Call {
  readonly code: string;
  title = '';
  readonly local: Local;
  readonly chat: CallChat;
  readonly moderation: CallModeration;
  grants: Grants = { publish: [], subscribe: false, moderate: false, hidden: false };
  observers = 0;
  activeSpeakers: readonly ActiveSpeaker[] = [];
  closeReason: CloseReason | undefined;
  #rest: RestOfCall;
  #session: SignallingSession;
  #device: MediaDevice;
  #ready: Promise<void> | undefined;
  #decodes: VideoCodec[] | undefined;
  #carries: readonly VideoCodec[] = [];
  /** The meeting's setting. */
  #videoCodec: VideoCodecSetting = 'auto';
  #iceServers: RTCIceServer[] = [];
  #autoSubscribe: boolean;
  #mirror: RoomMirror | undefined;
  #participantId = '';
  #self: RoomParticipant = { id: '', name: '', role: 'guest', joinedAt: 0, connection: 'connected', producers: [] };
  #publisher: Publisher;
  #subscriber: Subscriber;
  #remotes: readonly Remote[] = [];
  #emitter = new Emitter<CallEvents>();
  #syncing = new Settling(() => this.#sync());
  #changeDue = false;
  #messagesHeard: string[] = [];
  #network = new NetworkChange();
  #frames: FramesReport;
  #processor = new ProcessorWatch();
  #abandoned: AbandonedTransports;
  #health = new MediaHealth(() => this.#mediaChanged());
  #media: Call['media'] = { sending: 'ok', receiving: 'ok' };

  constructor(options: LiveCallOptions) {
    this.code = options.code;
    this.#device = options.device;
    this.#autoSubscribe = options.autoSubscribe;
    this.#session = new SignallingSession({
      openSocket: options.openSocket,
      authorize: async (signal) => {
        const { token, origins, title } = await options.authorize(signal);
        this.title = title ?? this.title;
        return { token, origins };
      },
      likelyOrigin: options.likelyOrigin,
      firstMedia: () => this.#firstMedia(),
      listener: {
        entered: (response, entry) => this.#entered(response, entry),
        message: (message) => this.#message(message),
        connection: (state) => {
          this.#emit('connection', state);
          this.#mediaChanged();
        },
        closed: (reason) => this.#closed(reason),
      },
    });
    this.#frames = new FramesReport(this.#session);
    this.#abandoned = new AbandonedTransports(this.#session);
    const media = {
      session: this.#session,
      device: options.device,
      iceServers: () => this.#iceServers,
      ready: () => this.#ready ?? Promise.reject(coded('session.not_joined')),
      health: this.#health,
      abandoned: this.#abandoned,
    };
    this.#publisher = new Publisher({
      ...media,
      onUpdate: (publication) => this.#emit('local.updated', publication),
      onMuted: (publication) => this.#emit('local.muted', publication),
      onOpen: (mediaNodeId) => this.#subscriber.prepare(mediaNodeId),
      onArriving: () => this.#mediaChanged(),
      chooseCodec: (source) => this.#chooseCodec(source),
      audience: () => this.#audience(),
    });
    this.#subscriber = new Subscriber(
      {
        ...media,
        granted: () => this.grants.subscribe,
        others: () => this.#others(),
        decodes: () => this.#decodes,
        onReceiver: (producerId) => this.#received(producerId),
        onLayers: (producerId) => this.#publicationChanged(producerId),
        onlyObserved: options.onlyObserved ?? false,
        watch: options.watch,
      },
      options.autoSubscribe,
    );
    this.local = new Local(() => this.#self, this.#publisher);
    const { server, code } = options;
    const token = async () => (await accessTokenOf(options)) ?? this.#session.resumeToken;
    this.#rest = restOfCall({ server, code, token });
    this.chat = chatOf(this.#rest);
    this.moderation = moderationOf(this.#rest);
  }

  get connection(): ConnectionState {
    return this.#session.connection;
  }

  get media(): Call['media'] {
    return this.#media;
  }

  get participants(): readonly Remote[] {
    return this.#remotes;
  }

  on<K extends keyof CallEvents>(event: K, listener: CallEvents[K]): () => void {
    return this.#emitter.on(event, listener);
  }

  off<K extends keyof CallEvents>(event: K, listener: CallEvents[K]): void {
    this.#emitter.off(event, listener);
  }

  /** Joins; resolves when the room is known and the media are on their way. */
  async start(signal?: AbortSignal): Promise<void> {
    // Takes some tens of milliseconds, in which Server API decides.
    void this.#device.ownCapabilities();
    void this.#device.carries().then((carries) => {
      this.#carries = carries;
      this.#publisher.audienceChanged();
    });
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

  meeting(): ReturnType<Call['meeting']> {
    return readMeeting(this.#rest);
  }

  leave(): Promise<void> {
    return this.#session.leave();
  }

  /** Called every few seconds. */
  async reportFrames(): Promise<void> {
    if (await this.#processor.look(this.#publisher.senders)) {
      this.#carries = [];
      this.#publisher.reconsiderCodecs();
    }
    await this.#frames.look(this.#subscriber.transports.map(({ transport }) => transport));
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

  #entered(response: JoinedResponse, entry: Entry): void {
    this.#participantId = response.participantId;
    // A hidden participant is not in the room.
    this.#self = { ...this.#self, id: response.participantId };
    if (this.#ready) this.#take(response.grants);
    else this.grants = response.grants;
    this.#iceServers = response.iceServers;
    this.#videoCodec = response.videoCodec ?? 'auto';
    if (!this.#ready) {
      this.#ready = this.#device.load(response.rtpCapabilities).then(() => {
        this.#decodes = decodedVideoCodecs(this.#device.rtpCapabilities);
      });
      this.#ready.catch(() => {});
    }
    // If a participant speaks now, the event follows.
    this.#speaking([]);
    this.#publisher.drainingUnknown();
    this.#subscriber.drainingUnknown();
    const anew = entry === 'joined' || entry === 'rejoined';
    if (entry === 'rejoined') {
      this.#subscriber.forget();
      // It described the former participant.
      this.local.connectionQuality = undefined;
    }
    if (anew) this.#subscriber.given(response.media?.receive ?? []);
    this.#takeSnapshot(response.room, anew);
    switch (entry) {
      case 'joined':
        this.#publisher.start(response.media?.send);
        this.#subscriber.roomChanged();
        return;
      case 'resumed':
        this.#publisher.resumed(this.#self.producers, response.room.version, this.#network.lately);
        this.#subscriber.resumed(response.room, this.#network.lately);
        this.#abandoned.kick();
        this.#network.over();
        return;
      case 'moved':
        this.#publisher.moved();
        this.#subscriber.moved();
        this.#abandoned.kick();
        return;
      case 'rejoined':
        this.#publisher.reset(response.media?.send);
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

  #message(message: Exclude<ServerMessage, { name: 'ended' | 'moving' | 'staying' }>): void {
    switch (message.name) {
      case 'room': {
        if (!this.#mirror) return;
        const { changes, gap } = this.#mirror.receive(message.data);
        this.#apply(changes, true);
        if (gap) this.#syncing.kick();
        return;
      }
      case 'transport.closed':
        this.#publisher.transportGone(message.data.transportId);
        this.#subscriber.transportGone(message.data.transportId);
        return;
      case 'consumer.closed':
        this.#subscriber.consumerGone(message.data.consumerId);
        return;
      case 'consumer.layers':
        this.#subscriber.pictures.heard(message.data.consumers);
        return;
      case 'producer.wanted':
        this.#publisher.producerWanted(message.data.producerId, message.data.spatial);
        return;
      case 'producer.arriving':
        this.#publisher.producerArriving(message.data.producerId, message.data.arriving);
        return;
      case 'quality':
        for (const quality of message.data.participants) this.#heardQuality(quality);
        return;
      case 'mediaNode.lost':
        this.#publisher.mediaNodeGone(message.data.mediaNodeId);
        this.#subscriber.mediaNodeGone(message.data.mediaNodeId);
        return;
      case 'mediaNode.draining': {
        const { mediaNodeId, draining, later } = message.data;
        this.#publisher.mediaNodeDraining(mediaNodeId, draining && !later);
        this.#subscriber.mediaNodeDraining(mediaNodeId, draining);
        return;
      }
      case 'transport.leave':
        this.#publisher.leave(message.data.transportId);
        return;
      case 'grants':
        this.#take(message.data);
        return;
      case 'meeting':
        this.#told(message.data);
        return;
      case 'activeSpeakers':
        this.#speaking(message.data.speakers);
        return;
    }
  }

  #take(grants: Grants): void {
    const before = this.grants;
    if (JSON.stringify(before) === JSON.stringify(grants)) return;
    this.grants = grants;
    this.#publisher.granted(grants.publish);
    if (before.subscribe && !grants.subscribe) this.#subscriber.reset();
    else this.#subscriber.roomChanged();
    this.#emit('grants', grants);
  }

  #told(event: MeetingEvent): void {
    if (event.type === 'meeting.updated') {
      this.title = event.meeting.title;
      this.#videoCodec = event.meeting.settings.videoCodec;
      this.#publisher.audienceChanged();
    }
    if (event.type === 'message.created' && this.#heardBefore(event.message.id)) return;
    this.#emit('meeting', event);
  }

  /** Two servers may send the same message while the session moves from one to the other. */
  #heardBefore(messageId: string): boolean {
    if (this.#messagesHeard.includes(messageId)) return true;
    this.#messagesHeard = [...this.#messagesHeard, messageId].slice(-MESSAGES_REMEMBERED);
    return false;
  }

  async #sync(): Promise<void> {
    if (this.connection !== 'connected') return;
    const { room } = await this.#session.request('sync', {});
    this.#takeSnapshot(room, false);
  }

  #takeSnapshot(room: RoomSnapshot, afresh: boolean): void {
    this.#mirror ??= new RoomMirror({ roomId: room.roomId, version: 0, participants: [] });
    const { changes, gap } = this.#mirror.reset(room, afresh);
    this.#apply(changes);
    if (gap) this.#syncing.kick();
  }

  /** `told`: the changes are events, one after the other; otherwise they come from a snapshot. */
  #apply(changes: RoomChange[], told = false): void {
    const room = this.#mirror!.room;
    this.#self = room.participants.find(({ id }) => id === this.#participantId) ?? this.#self;
    // Events have consecutive versions; the changes of a snapshot have at most its version.
    const first = told ? room.version - changes.length + 1 : room.version;
    for (const [index, change] of changes.entries()) this.#applyOne(change, told ? first + index : first);
    if (changes.length === 0) return;
    this.#observe(room.observers);
    // After changes found by comparing snapshots, the order of the room counts, not that of the
    // changes.
    const order = new Map(room.participants.map(({ id }, index) => [id, index]));
    this.#remotes = [...this.#remotes]
      .filter(({ id }) => order.has(id) && id !== this.#participantId)
      .sort((one, other) => order.get(one.id)! - order.get(other.id)!);
    for (const remote of this.#remotes) remote.state = room.participants[order.get(remote.id)!]!;
    this.#subscriber.roomChanged(told);
    this.#publisher.audienceChanged();
    this.#changed();
  }

  #others(): RoomParticipant[] {
    return this.#mirror?.room.participants.filter(({ id }) => id !== this.#participantId) ?? [];
  }

  /** The codecs that every other participant decodes, observers included. */
  #audience(): Decodes[] {
    const observers = Object.entries(this.#mirror?.room.observerDecodes ?? {});
    const observing = observers.filter(([id]) => id !== this.#participantId).map(([, decodes]) => decodes);
    return [...this.#others().map(({ decodes }) => decodes), ...observing];
  }

  #chooseCodec(source: Source): VideoCodec {
    const { sends } = this.#device;
    return chooseCodec({
      ...{ source, wanted: this.#videoCodec, sends },
      ...{ carries: this.#carries, audience: this.#audience() },
    });
  }

  #speaking(speakers: readonly ActiveSpeaker[]): void {
    if (speakers.length === 0 && this.activeSpeakers.length === 0) return;
    this.activeSpeakers = speakers;
    this.#emit('activeSpeakers', speakers);
  }

  #observe(ids: readonly string[] = []): void {
    const observers = ids.filter((id) => id !== this.#participantId).length;
    if (observers === this.observers) return;
    this.observers = observers;
    this.#emit('observers', observers);
  }

  #applyOne(change: RoomChange, version: number): void {
    if (change.type === 'observer.joined') return;
    const id = change.type === 'participant.joined' ? change.participant.id : change.participantId;
    if (id === this.#participantId) {
      if (change.type === 'producer.removed') this.#publisher.producerGone(change.producerId);
      if (change.type === 'producer.updated') {
        this.#publisher.producerHeard(change.producerId, change.paused, version);
      }
      if (change.type === 'participant.updated') this.#emit('local.updated', undefined);
      return;
    }
    if (change.type === 'participant.joined') {
      const remote = new Remote(change.participant, this.#subscriber);
      this.#remotes = [...this.#remotes, remote];
      this.#emit('participant.joined', remote);
      return;
    }
    const remote = this.#remotes.find((one) => one.id === id);
    if (!remote) return;
    switch (change.type) {
      case 'participant.left':
        this.#remotes = this.#remotes.filter((one) => one !== remote);
        this.#subscriber.dropParticipant(id);
        remote.left();
        this.#emit('participant.left', remote, change.reason);
        return;
      case 'participant.updated': {
        const { name = remote.name, role = remote.role, connection = remote.connection } = change;
        remote.state = { ...remote.state, name, role, connection };
        this.#emit('participant.updated', remote);
        return;
      }
      case 'producer.added': {
        const { stream, fresh } = remote.add(change.producer);
        this.#emit(fresh ? 'publication.added' : 'publication.updated', stream, remote);
        // The answer to a subscription can overtake the event.
        this.#trackNews(stream, remote);
        return;
      }
      case 'producer.updated': {
        const stream = remote.stream(change.producerId);
        if (!stream) return;
        stream.update(change.producerId, change.paused);
        this.#emit('publication.updated', stream, remote);
        return;
      }
      case 'producer.removed': {
        this.#subscriber.drop(change.producerId);
        const removed = remote.remove(change.producerId);
        if (!removed) return;
        if (removed.over) this.#emit('publication.removed', removed.stream, remote);
        else this.#trackNews(removed.stream, remote);
        return;
      }
    }
  }

  #received(producerId: string): void {
    for (const remote of this.#remotes) {
      const stream = remote.stream(producerId);
      if (stream) this.#trackNews(stream, remote);
    }
  }

  #heardQuality({ participantId, quality, limitation }: ParticipantQuality): void {
    const connectionQuality = { quality, limitation };
    if (participantId === this.#participantId) {
      this.local.connectionQuality = connectionQuality;
      this.#emit('local.updated', undefined);
      this.#mediaChanged();
      return;
    }
    const remote = this.#remotes.find(({ id }) => id === participantId);
    if (!remote) return;
    remote.connectionQuality = connectionQuality;
    this.#emit('participant.updated', remote);
  }

  #mediaChanged(): void {
    // Sent media may arrive although no packets come back; the servers report when they do not,
    // while they can.
    const unanswered = this.#health.silent('send') && this.connection !== 'connected';
    const sending = this.#health.lost('send') || this.#publisher.silent || unanswered ? 'lost' : 'ok';
    const receiving = this.#receiving(sending);
    if (sending === this.#media.sending && receiving === this.#media.receiving) return;
    this.#media = { sending, receiving };
    this.#emit('media', this.#media);
  }

  #receiving(sending: 'ok' | 'lost'): Call['media']['receiving'] {
    const health = this.#health;
    if (health.lost('receive') || health.silent('receive')) return health.partly('receive') ? 'partly' : 'lost';
    // Quality `lost`: the servers receive no packets from us. For a participant that sends, it
    // describes the sent media.
    const unheard = sending === 'ok' && this.local.connectionQuality?.quality === 'lost';
    return unheard && this.#subscriber.transports.length > 0 ? 'one-way' : 'ok';
  }

  #publicationChanged(producerId: string): void {
    for (const remote of this.#remotes) {
      const stream = remote.stream(producerId);
      if (stream) this.#emit('publication.updated', stream, remote);
    }
  }

  #trackNews(stream: RemoteStream, remote: Remote): void {
    const news = stream.news();
    if (news === 'subscribed') this.#emit('track.subscribed', stream.track!, stream, remote);
    if (news === 'unsubscribed') this.#emit('track.unsubscribed', stream, remote);
  }

  #closed(reason: CloseReason): void {
    this.closeReason = reason;
    this.#publisher.close();
    this.#subscriber.close();
    this.#emit('closed', reason);
    this.#emitter.emit('change');
    this.#stop();
  }

  #stop(): void {
    this.#network.over();
    this.#health.close();
    this.#abandoned.stop();
    this.#syncing.stop();
    this.#publisher.close();
    this.#subscriber.close();
    this.#emitter.removeAll();
  }

  #emit<K extends keyof CallEvents>(event: K, ...args: Parameters<CallEvents[K]>): void {
    this.#emitter.emit(event, ...args);
    this.#changed();
  }

  #changed(): void {
    if (this.#changeDue) return;
    this.#changeDue = true;
    queueMicrotask(() => {
      this.#changeDue = false;
      this.#emitter.emit('change');
    });
  }
}

/** More messages than can arrive in the moment in which a session changes servers. */
const MESSAGES_REMEMBERED = 64;
