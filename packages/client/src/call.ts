import type { ErrorCode, Grants, LeaveReason, Role, Source } from '@waterbus/protocol';

/** How the call stands towards the servers. `closed` is final. */
export type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'closed';

/** Why a call was closed. `left`: by this side; `waiting-room`: a moderator wants this participant to wait again. */
export type CloseReason = 'left' | 'kicked' | 'replaced' | 'room-closed' | 'waiting-room' | 'expired' | 'failed';

export interface JoinOptions {
  /** Origin of Server API, for example `https://meet.example.org`; default: the page's own. */
  server?: string;
  code: string;
  name: string;
  password?: string;
  /** Joins as host without the password. */
  hostToken?: string;
  /** Local tracks to publish at once, so that others see them as soon as possible. */
  tracks?: { track: MediaStreamTrack; source: Source; muted?: boolean }[];
  /** Subscribe to everybody who comes (default true). */
  autoSubscribe?: boolean;
  signal?: AbortSignal;
}

/** A live call. State is read from the properties; every change is told by an event with the same names. */
export interface Call extends TypedEmitter<CallEvents> {
  readonly connection: ConnectionState;
  readonly title: string;
  readonly code: string;
  readonly grants: Grants;
  readonly local: LocalParticipant;
  /** Everybody else, in the order of joining. A new array after each change (safe for React's identity checks). */
  readonly participants: readonly RemoteParticipant[];
  /** Set once `connection` is `closed`. */
  readonly closeReason: CloseReason | undefined;
  publish(track: MediaStreamTrack, options: { source: Source; muted?: boolean }): Promise<LocalPublication>;
  leave(): Promise<void>;
  /** One WebRTC statistics report per open peer connection: `send` and one `receive` per media node. */
  stats(): Promise<{ direction: 'send' | 'receive'; mediaNodeId: string; report: RTCStatsReport }[]>;
}

export interface LocalParticipant {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
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
}

export interface CallEvents {
  connection: (state: ConnectionState) => void;
  'participant.joined': (participant: RemoteParticipant) => void;
  'participant.updated': (participant: RemoteParticipant) => void;
  'participant.left': (participant: RemoteParticipant, reason: LeaveReason) => void;
  'publication.added': (publication: RemotePublication, participant: RemoteParticipant) => void;
  'publication.updated': (publication: RemotePublication, participant: RemoteParticipant) => void;
  'publication.removed': (publication: RemotePublication, participant: RemoteParticipant) => void;
  /** The remote track is there (or was replaced after a reconnect). */
  'track.subscribed': (track: MediaStreamTrack, publication: RemotePublication, participant: RemoteParticipant) => void;
  'track.unsubscribed': (publication: RemotePublication, participant: RemoteParticipant) => void;
  'local.updated': (publication: LocalPublication | undefined) => void;
  /** After every change, once per task: for stores such as React's `useSyncExternalStore`. */
  change: () => void;
  closed: (reason: CloseReason) => void;
}

export interface TypedEmitter<E> {
  on<K extends keyof E>(event: K, listener: E[K]): () => void;
  off<K extends keyof E>(event: K, listener: E[K]): void;
}

/** What the SDK's promises reject with. `code` is from the protocol's catalogue, or the client's own two. */
export class WaterbusError extends Error {
  constructor(
    readonly code: ErrorCode | 'network.unreachable' | 'browser.unsupported',
    message: string,
  ) {
    super(message);
    this.name = 'WaterbusError';
  }
}
