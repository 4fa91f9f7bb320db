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

/** The state of the connection to the servers. `closed` is final. */
export type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'closed';

/**
 * Why a call was closed. `left`: by this side; `waiting-room`: a moderator wants this participant
 * to wait again.
 */
export type CloseReason = 'left' | 'kicked' | 'replaced' | 'room-closed' | 'waiting-room' | 'expired' | 'failed';

/** The options of every way of joining. */
export interface CallOptions {
  /** Origin of Server API, for example `https://meet.example.org`; default: the page's own. */
  server?: string;
  code: string;
  /**
   * The access token of a signed-in user, or a function that answers one that is valid now: access
   * tokens are short-lived, calls are not.
   */
  accessToken?: string | (() => string | undefined | Promise<string | undefined>);
  /** Local tracks to publish at once, so that others see them as soon as possible. */
  tracks?: ({ track: MediaStreamTrack } & PublishOptions)[];
  /** Subscribe to every participant that joins (default true). */
  autoSubscribe?: boolean;
  /**
   * Pictures without an observed element (`RemotePublication.observe`) are not sent (default: sent
   * as large as possible).
   */
  onlyObserved?: boolean;
  signal?: AbortSignal;
}

export interface PublishOptions {
  source: Source;
  muted?: boolean;
  /**
   * For a camera or a screen; VP8 where this browser does not encode it. Omitted: the meeting's
   * setting (`settings.videoCodec`), by default VP9 or AV1 where this machine encodes it with ease
   * and every other participant decodes it, else VP8. For participants that do not decode it, a
   * second picture is sent in a codec that they do.
   */
  videoCodec?: VideoCodec;
}

export interface JoinOptions extends CallOptions {
  name: string;
  password?: string;
  /** Joins as host without the password. */
  hostToken?: string;
  /**
   * Called when a moderator must admit this participant; `join` keeps waiting until `signal` is
   * aborted.
   */
  onWaiting?: () => void;
}

/** A join token that another back end made with an API key; the token defines the participant. */
export interface TokenJoinOptions extends CallOptions {
  /**
   * A function is called for another token when the participant must join afresh: a token works
   * once.
   */
  joinToken: JoinToken | (() => Promise<JoinToken>);
}

export interface JoinToken {
  token: string;
  /** Origins of Server WS, as answered with the token. */
  signalling: string[];
  /** Of the meeting. */
  title?: string;
}

/** A live call. The properties hold the state; an event with the same name reports each change. */
export interface Call extends TypedEmitter<CallEvents> {
  readonly connection: ConnectionState;
  readonly title: string;
  readonly code: string;
  /** The current rights of this participant; moderators may change them. */
  readonly grants: Grants;
  readonly chat: CallChat;
  readonly moderation: CallModeration;
  readonly local: LocalParticipant;
  /**
   * All other participants, in the order of joining. A new array after each change (safe for
   * React's identity checks).
   */
  readonly participants: readonly RemoteParticipant[];
  /**
   * The participants that speak, this one included: the main speaker first, the rest by level. A
   * new array after each change; empty when no participant speaks.
   */
  readonly activeSpeakers: readonly ActiveSpeaker[];
  /** The number of observers: they receive the call without appearing in it. */
  readonly observers: number;
  /**
   * Whether sound and pictures get through, in each direction: `lost` within five seconds of their
   * end. While they are lost, the call keeps trying to connect them again. Streams that are paused
   * or muted do not count as lost. `partly`: some of the others are received. `one-way`: media
   * arrive, but no packets get back to the media nodes, so that pictures stop soon, and all media
   * after half a minute.
   */
  readonly media: {
    readonly sending: 'ok' | 'lost';
    readonly receiving: 'ok' | 'partly' | 'one-way' | 'lost';
  };
  /** Set once `connection` is `closed`. */
  readonly closeReason: CloseReason | undefined;
  publish(track: MediaStreamTrack, options: PublishOptions): Promise<LocalPublication>;
  /**
   * The meeting with its settings; with `membership` when the requesting user is a member. Changes
   * are reported as `meeting.updated`.
   */
  meeting(): Promise<GetMeetingResponse['meeting']>;
  leave(): Promise<void>;
  /**
   * One WebRTC statistics report per open peer connection: `send` and one `receive` per media node.
   */
  stats(): Promise<{ direction: 'send' | 'receive'; mediaNodeId: string; report: RTCStatsReport }[]>;
}

/**
 * The meeting's chat, by Server API. Messages of others are reported as `meeting` events; `list`
 * reads missed ones.
 */
export interface CallChat {
  /**
   * Sends a text (1-4000 characters). After a lost answer, do not send it under another id: a retry
   * with the same `clientId` (a UUID, by default a new one) makes no second message.
   */
  send(text: string, options?: { clientId?: string }): Promise<Message>;
  /**
   * Newest first, only older than `before`; with `after` oldest first, only newer than that `seq`.
   * At most `limit` (100).
   */
  list(range?: { before?: number; after?: number; limit?: number }): Promise<MessagesPage>;
  edit(messageId: string, text: string): Promise<Message>;
  delete(messageId: string): Promise<void>;
  /** All messages up to this `seq` are read. For members. */
  markRead(seq: number): Promise<void>;
}

/**
 * For participants with the grant `moderate`; others get `permission.denied`. Resolves when the
 * call has changed.
 */
export interface CallModeration {
  /**
   * Stops a participant's sound, by default the microphone's. Only its owner can start it again.
   */
  mute(participantId: string, source?: 'microphone' | 'screen-audio'): Promise<void>;
  stopVideo(participantId: string, source?: 'camera' | 'screen'): Promise<void>;
  /** Removes a participant from the call; joining again is possible. */
  remove(participantId: string): Promise<void>;
  /** Removes a participant from the meeting permanently. */
  ban(participantId: string, reason?: string): Promise<void>;
  moveToWaitingRoom(participantId: string): Promise<void>;
  /** `id` is the waiting participant's. */
  admit(id: string): Promise<void>;
  deny(id: string): Promise<void>;
  waiting(): Promise<WaitingParticipant[]>;
  /**
   * Changes the named properties and keeps the rest, also within `settings`. Rights in the call
   * follow at once.
   */
  updateMeeting(change: UpdateMeetingRequest): Promise<Meeting>;
  /**
   * For the host only: the password that non-members need to join (4-128 characters). Null: none
   * from now on.
   */
  setPassword(password: string | null): Promise<Meeting>;
}

/** The quality of a participant's connection. */
export interface ConnectionQuality {
  readonly quality: 'excellent' | 'good' | 'poor' | 'lost';
  /**
   * The limiting side: the participant's upload, the server, the participant's download or
   * processor.
   */
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
  /** Undefined before the servers' first report. */
  readonly connectionQuality: ConnectionQuality | undefined;
  readonly publications: readonly LocalPublication[];
  publication(source: Source): LocalPublication | undefined;
}

export interface LocalPublication {
  readonly source: Source;
  readonly kind: 'audio' | 'video';
  readonly track: MediaStreamTrack;
  readonly muted: boolean;
  /**
   * Muting stops sending at once and notifies all participants; the track itself stays its owner's.
   */
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
  /** Undefined before the servers' first report. */
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
  /**
   * Why no media of it arrive at this moment, as far as that is known; undefined: they arrive, or
   * are on their way.
   */
  readonly pausedBy: PausedBy | undefined;
  /**
   * `bandwidth`: fewer layers of the picture are sent than its tile could show, because the
   * connection does not carry more.
   */
  readonly limitedBy: 'bandwidth' | undefined;
  /**
   * The forwarded layer of the owner's picture by size (`spatial`) and frame rate (`temporal`),
   * from 0; undefined: none, or not known.
   */
  readonly layers: { readonly spatial: number; readonly temporal: number } | undefined;
  /**
   * Makes the servers send as much as this element can show: it reports its size, whether it is in
   * sight, and the picture's priority, until the returned function is called. Several elements
   * count as the largest of them. A picture that never had an observed element is sent as large as
   * possible. Use `high` for a pinned or speaking participant, `medium` for screens.
   */
  observe(element: Element, options?: { priority?: Priority }): () => void;
}

/**
 * `muted`: by its owner or a moderator; `bandwidth`: this side's connection does not carry it now;
 * `hidden`: no observed element is in sight; `no-media`: no packets arrive from its owner; `codec`:
 * this browser decodes no codec in which its owner sends it.
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
  /** The remote track is available (or was replaced after a reconnect). */
  'track.subscribed': (track: MediaStreamTrack, publication: RemotePublication, participant: RemoteParticipant) => void;
  'track.unsubscribed': (publication: RemotePublication, participant: RemoteParticipant) => void;
  /** The active speakers have changed; as the property. */
  activeSpeakers: (speakers: readonly ActiveSpeaker[]) => void;
  /** The number of observers has changed. */
  observers: (count: number) => void;
  'local.updated': (publication: LocalPublication | undefined) => void;
  /** A moderator muted it. It stays published; `unmute` starts it again. */
  'local.muted': (publication: LocalPublication) => void;
  /** The rights of this participant have changed. Publications without a grant have ended. */
  grants: (grants: Grants) => void;
  /**
   * Events of the meeting besides the room: chat, settings, waiting participants. No event is
   * repeated or sent later.
   */
  meeting: (event: MeetingEvent) => void;
  /** After every change, once per task: for stores such as React's `useSyncExternalStore`. */
  change: () => void;
  closed: (reason: CloseReason) => void;
}

export interface TypedEmitter<E> {
  on<K extends keyof E>(event: K, listener: E[K]): () => void;
  off<K extends keyof E>(event: K, listener: E[K]): void;
}

/**
 * The error with which the SDK's promises reject. `code` is from the protocol's catalogue, or one
 * of the client's own.
 */
export class WaterbusError extends Error {
  constructor(
    readonly code: ErrorCode | 'network.unreachable' | 'browser.unsupported' | 'passkey.cancelled' | 'passkey.exists',
    message: string,
  ) {
    super(message);
    this.name = 'WaterbusError';
  }
}
