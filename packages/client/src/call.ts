import type {
  ErrorCode,
  GetMeetingResponse,
  Grants,
  LeaveReason,
  Meeting,
  MeetingEvent,
  Message,
  MessagesPage,
  Priority,
  Role,
  Source,
  UpdateMeetingRequest,
  VideoCodec,
  WaitingParticipant,
} from '@waterbus/protocol';

/** How the call stands towards the servers. `closed` is final. */
export type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'closed';

/** Why a call was closed. `left`: by this side; `waiting-room`: a moderator wants this participant to wait again. */
export type CloseReason = 'left' | 'kicked' | 'replaced' | 'room-closed' | 'waiting-room' | 'expired' | 'failed';

/** What every way of joining takes. */
export interface CallOptions {
  /** Origin of Server API, for example `https://meet.example.org`; default: the page's own. */
  server?: string;
  code: string;
  /** Of a signed-in user, or where to get one that is valid now: access tokens are short-lived, calls are not. */
  accessToken?: string | (() => string | undefined | Promise<string | undefined>);
  /** Local tracks to publish at once, so that others see them as soon as possible. */
  tracks?: ({ track: MediaStreamTrack } & PublishOptions)[];
  /** Subscribe to everybody who comes (default true). */
  autoSubscribe?: boolean;
  /** Pictures that no element is observed for (`RemotePublication.observe`) are not sent (default: sent as large as can be). */
  onlyObserved?: boolean;
  signal?: AbortSignal;
}

export interface PublishOptions {
  source: Source;
  muted?: boolean;
  /**
   * For a camera or a screen; VP8 where this browser does not encode it. Left out: what the meeting wants (`settings.videoCodec`),
   * by default VP9 or AV1 where this machine carries it and everybody in the call decodes it, else VP8. Who does not decode
   * it is sent a second picture, in a codec that it does.
   */
  videoCodec?: VideoCodec;
}

export interface JoinOptions extends CallOptions {
  name: string;
  password?: string;
  /** Joins as host without the password. */
  hostToken?: string;
  /** Called when a moderator has to let this participant in; `join` goes on waiting, until `signal` is aborted. */
  onWaiting?: () => void;
}

/** A join token that another back end made with an API key; the participant is what the token says. */
export interface TokenJoinOptions extends CallOptions {
  /** A function is asked for another one when the participant has to join afresh: a token works once. */
  joinToken: JoinToken | (() => Promise<JoinToken>);
}

export interface JoinToken {
  token: string;
  /** Origins of Server WS, as they came with the token. */
  signalling: string[];
  /** Of the meeting. */
  title?: string;
}

/** A live call. State is read from the properties; every change is told by an event with the same names. */
export interface Call extends TypedEmitter<CallEvents> {
  readonly connection: ConnectionState;
  readonly title: string;
  readonly code: string;
  /** What this participant may do now; moderators may change it. */
  readonly grants: Grants;
  readonly chat: CallChat;
  readonly moderation: CallModeration;
  readonly local: LocalParticipant;
  /** Everybody else, in the order of joining. A new array after each change (safe for React's identity checks). */
  readonly participants: readonly RemoteParticipant[];
  /**
   * Who is talking, this participant included: the one who speaks to the others first, the rest by level. A new array after
   * each change; empty when nobody talks.
   */
  readonly activeSpeakers: readonly ActiveSpeaker[];
  /** How many others hear and see the call without being shown in it. */
  readonly observers: number;
  /**
   * Whether sound and pictures get through, in each direction: `lost` within five seconds of their
   * end. While it is, the call goes on trying to connect them again. Streams that are paused or muted
   * have not stopped. `partly`: some of the others are received. `one-way`: media come, but nothing
   * gets back to the media nodes, so that pictures stop soon, and everything after half a minute.
   */
  readonly media: {
    readonly sending: 'ok' | 'lost';
    readonly receiving: 'ok' | 'partly' | 'one-way' | 'lost';
  };
  /** Set once `connection` is `closed`. */
  readonly closeReason: CloseReason | undefined;
  publish(track: MediaStreamTrack, options: PublishOptions): Promise<LocalPublication>;
  /** The meeting with its settings; with `membership` when the asker is a member. Changes come as `meeting.updated`. */
  meeting(): Promise<GetMeetingResponse['meeting']>;
  leave(): Promise<void>;
  /** One WebRTC statistics report per open peer connection: `send` and one `receive` per media node. */
  stats(): Promise<{ direction: 'send' | 'receive'; mediaNodeId: string; report: RTCStatsReport }[]>;
}

/** The meeting's chat, by Server API. What others write comes as `meeting` events; what was missed is read with `list`. */
export interface CallChat {
  /**
   * Sends a text (1-4000 characters). A lost answer is no reason for sending it twice: trying again after a failure with the same
   * `clientId` (a UUID, by default a new one) makes no second message.
   */
  send(text: string, options?: { clientId?: string }): Promise<Message>;
  /** Newest first, only older than `before`; with `after` oldest first, only newer than that `seq`. At most `limit` (100). */
  list(range?: { before?: number; after?: number; limit?: number }): Promise<MessagesPage>;
  edit(messageId: string, text: string): Promise<Message>;
  delete(messageId: string): Promise<void>;
  /** Everything up to this `seq` is read. For members. */
  markRead(seq: number): Promise<void>;
}

/** For who has the grant `moderate`; everybody else gets `permission.denied`. Resolves when it has happened in the call. */
export interface CallModeration {
  /** Stops a participant's sound, by default the microphone's. Only its owner can start it again. */
  mute(participantId: string, source?: 'microphone' | 'screen-audio'): Promise<void>;
  stopVideo(participantId: string, source?: 'camera' | 'screen'): Promise<void>;
  /** Out of the call; joining again is possible. */
  remove(participantId: string): Promise<void>;
  /** Out of the meeting, for good. */
  ban(participantId: string, reason?: string): Promise<void>;
  moveToWaitingRoom(participantId: string): Promise<void>;
  /** `id` is of the waiting one. */
  admit(id: string): Promise<void>;
  deny(id: string): Promise<void>;
  waiting(): Promise<WaitingParticipant[]>;
  /** Changes what is named and leaves the rest, also within `settings`. Rights in the call follow at once. */
  updateMeeting(change: UpdateMeetingRequest): Promise<Meeting>;
  /** For the host only: what whoever is no member needs to join (4-128 characters). Null: from now on nothing. */
  setPassword(password: string | null): Promise<Meeting>;
}

/** How somebody's connection is. */
export interface ConnectionQuality {
  readonly quality: 'excellent' | 'good' | 'poor' | 'lost';
  /** Whose side it is: the participant's upload, the server, the participant's download or processor. */
  readonly limitation: 'none' | 'upload' | 'server' | 'download' | 'processor';
}

export interface ActiveSpeaker {
  readonly participantId: string;
  /** dBov, -127 (silence) to 0. */
  readonly level: number;
}

export interface LocalParticipant {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Undefined until the servers know. */
  readonly connectionQuality: ConnectionQuality | undefined;
  readonly publications: readonly LocalPublication[];
  publication(source: Source): LocalPublication | undefined;
}

export interface LocalPublication {
  readonly source: Source;
  readonly kind: 'audio' | 'video';
  readonly track: MediaStreamTrack;
  readonly muted: boolean;
  /** Muting stops sending at once and tells everybody; the track itself is left to its owner. */
  mute(): Promise<void>;
  unmute(): Promise<void>;
  replaceTrack(track: MediaStreamTrack): Promise<void>;
  unpublish(): Promise<void>;
}

export interface RemoteParticipant {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly connection: 'connected' | 'reconnecting';
  /** Undefined until the servers know. */
  readonly connectionQuality: ConnectionQuality | undefined;
  readonly publications: readonly RemotePublication[];
  publication(source: Source): RemotePublication | undefined;
  subscribe(): Promise<void>;
  unsubscribe(): Promise<void>;
}

export interface RemotePublication {
  readonly source: Source;
  readonly kind: 'audio' | 'video';
  readonly muted: boolean;
  /** Undefined until subscribed and connected. */
  readonly track: MediaStreamTrack | undefined;
  /** Why nothing comes of it at this moment, as far as that is known; undefined: it comes, or is on its way. */
  readonly pausedBy: PausedBy | undefined;
  /** `bandwidth`: less is sent of the picture than its tile could show, because the connection does not carry more. */
  readonly limitedBy: 'bandwidth' | undefined;
  /** Which of the sizes (`spatial`) and frame rates (`temporal`) that its owner sends are sent on, from 0; undefined: none, or not known. */
  readonly layers: { readonly spatial: number; readonly temporal: number } | undefined;
  /**
   * Has the servers send what this element can show: it reports its size, whether it is in sight, and the picture's priority,
   * until the function that it answers is called. Several elements count as the largest of them. A picture that no element was
   * ever observed for is sent as large as it can be. With `high` for who is pinned or speaks, `medium` for screens.
   */
  observe(element: Element, options?: { priority?: Priority }): () => void;
}

/**
 * `muted`: by its owner or a moderator; `bandwidth`: this side's connection does not carry it now; `hidden`: no observed element
 * is in sight; `no-media`: nothing arrives from its owner; `codec`: this browser decodes nothing that its owner sends of it.
 */
export type PausedBy = 'muted' | 'bandwidth' | 'hidden' | 'no-media' | 'codec';

export interface CallEvents {
  connection: (state: ConnectionState) => void;
  media: (media: Call['media']) => void;
  'participant.joined': (participant: RemoteParticipant) => void;
  'participant.updated': (participant: RemoteParticipant) => void;
  'participant.left': (participant: RemoteParticipant, reason: LeaveReason) => void;
  'publication.added': (publication: RemotePublication, participant: RemoteParticipant) => void;
  'publication.updated': (publication: RemotePublication, participant: RemoteParticipant) => void;
  'publication.removed': (publication: RemotePublication, participant: RemoteParticipant) => void;
  /** The remote track is there (or was replaced after a reconnect). */
  'track.subscribed': (track: MediaStreamTrack, publication: RemotePublication, participant: RemoteParticipant) => void;
  'track.unsubscribed': (publication: RemotePublication, participant: RemoteParticipant) => void;
  /** Others are talking than before; as the property. */
  activeSpeakers: (speakers: readonly ActiveSpeaker[]) => void;
  /** How many others observe from now on. */
  observers: (count: number) => void;
  'local.updated': (publication: LocalPublication | undefined) => void;
  /** A moderator muted it. It stays published; `unmute` starts it again. */
  'local.muted': (publication: LocalPublication) => void;
  /** What this participant may do has changed. What it may not publish any more is published no more. */
  grants: (grants: Grants) => void;
  /** What happened in the meeting besides the room: chat, settings, somebody waiting. Nothing is told twice or later. */
  meeting: (event: MeetingEvent) => void;
  /** After every change, once per task: for stores such as React's `useSyncExternalStore`. */
  change: () => void;
  closed: (reason: CloseReason) => void;
}

export interface TypedEmitter<E> {
  on<K extends keyof E>(event: K, listener: E[K]): () => void;
  off<K extends keyof E>(event: K, listener: E[K]): void;
}

/** What the SDK's promises reject with. `code` is from the protocol's catalogue, or one of the client's own. */
export class WaterbusError extends Error {
  constructor(
    readonly code: ErrorCode | 'network.unreachable' | 'browser.unsupported' | 'passkey.cancelled' | 'passkey.exists',
    message: string,
  ) {
    super(message);
    this.name = 'WaterbusError';
  }
}
