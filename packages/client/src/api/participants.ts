import type { Priority, Role, Source } from '@waterbus/protocol';

/** What the application notes about a participant, by name; everybody in the call reads it. */
export type Metadata = Readonly<Record<string, string>>;

/** The quality of a participant's connection. */
export interface ConnectionQuality {
  readonly quality: 'excellent' | 'good' | 'poor' | 'lost';
  /**
   * The limiting side: the participant's upload, the server, the participant's download or
   * processor.
   */
  readonly limitation: 'none' | 'upload' | 'server' | 'download' | 'processor';
  /**
   * Ids of the participants whose speech this one does not understand now, because its connection
   * loses too much of their sound; absent: none.
   */
  readonly unintelligible?: readonly string[];
}

/** A participant that speaks now. */
export interface ActiveSpeaker {
  readonly participantId: string;
  /** dBov, -127 (silence) to 0. */
  readonly level: number;
}

/** The participant of this page. */
export interface LocalParticipant {
  readonly id: string;
  readonly name: string;
  /** The path of the picture on the API's origin; null: there is none. */
  readonly avatarUrl: string | null;
  readonly role: Role;
  /** Of the application; empty: none. */
  readonly metadata: Metadata;
  /** When the hand was raised, in milliseconds since 1970; undefined: it is down. */
  readonly handRaisedAt: number | undefined;
  /** Undefined before the servers' first report. */
  readonly connectionQuality: ConnectionQuality | undefined;
  readonly publications: readonly LocalPublication[];
  publication(source: Source): LocalPublication | undefined;
}

/** A track that this page publishes. */
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

/** Another participant of the call. */
export interface RemoteParticipant {
  readonly id: string;
  readonly name: string;
  /** The path of the picture on the API's origin; null: there is none. */
  readonly avatarUrl: string | null;
  readonly role: Role;
  /** Of the application; empty: none. A new object after each change. */
  readonly metadata: Metadata;
  readonly connection: 'connected' | 'reconnecting';
  /** When the hand was raised, in milliseconds since 1970; undefined: it is down. */
  readonly handRaisedAt: number | undefined;
  /** Undefined before the servers' first report. */
  readonly connectionQuality: ConnectionQuality | undefined;
  readonly publications: readonly RemotePublication[];
  publication(source: Source): RemotePublication | undefined;
  subscribe(): Promise<void>;
  unsubscribe(): Promise<void>;
}

/** A track that another participant publishes. */
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
  /**
   * As `observe`, for a picture whose size the application knows without an element: a canvas, a
   * recorder, or a choice of the user. The servers send the layer that fits, until the returned
   * function is called.
   */
  prefer(view: PreferredView): () => void;
}

/** How the application shows a picture. */
export interface PreferredView {
  /** Device pixels, at most 16,384; 0: the picture is not shown, and not sent. */
  readonly width: number;
  readonly height: number;
  /** Default: `low`. */
  readonly priority?: Priority;
}

/**
 * `muted`: by its owner or a moderator; `bandwidth`: this side's connection does not carry it now;
 * `hidden`: no observed element is in sight; `no-media`: no packets arrive from its owner; `codec`:
 * this browser decodes no codec in which its owner sends it.
 */
export type PausedBy = 'muted' | 'bandwidth' | 'hidden' | 'no-media' | 'codec';
