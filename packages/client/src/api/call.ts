import type {
  Ban,
  Breakouts,
  CreatePollRequest,
  GetMeetingResponse,
  Grants,
  LeaveReason,
  Meeting,
  MeetingEvent,
  MeetingFile,
  Member,
  Message,
  MessageFile,
  MessageReactions,
  MessagesPage,
  NewStreamKeyRequest,
  OwnPrivateMessage,
  Poll,
  PrivateReceiver,
  Reaction,
  SendMessageRequest,
  StreamKey,
  UpdateMeetingRequest,
  WaitingParticipant,
} from '@waterbus/protocol';
import type { OutgoingData, ReceivedData } from './data.js';
import type { PublishOptions } from './join-options.js';
import type {
  ActiveSpeaker,
  LocalParticipant,
  LocalPublication,
  Metadata,
  RemoteParticipant,
  RemotePublication,
} from './participants.js';

/** The state of the connection to the servers. `closed` is final. */
export type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'closed';

/**
 * Why a call was closed. `left`: by this side; `waiting-room`: a moderator wants this participant
 * to wait again.
 */
export type CloseReason = 'left' | 'kicked' | 'replaced' | 'room-closed' | 'waiting-room' | 'expired' | 'failed';

/**
 * The path of media between this browser and the media nodes. `direct`: UDP; `tcp`: TCP, where a
 * lost packet delays all that follow; `relay`: a TURN server, which the browser reaches by
 * `relayProtocol`; `none`: the call has tried for five seconds to connect, and no media have got
 * through yet.
 */
export interface MediaPath {
  readonly kind: 'direct' | 'tcp' | 'relay' | 'none';
  /** Of a relay. */
  readonly relayProtocol?: 'udp' | 'tcp' | 'tls';
}

/** A live call. The properties hold the state; an event with the same name reports each change. */
export interface Call extends TypedEmitter<CallEvents> {
  readonly connection: ConnectionState;
  readonly title: string;
  readonly code: string;
  /** The current rights of this participant; moderators may change them. */
  readonly grants: Grants;
  /** The open breakout rooms; undefined: there are none. Changes are reported as `meeting` events. */
  readonly breakouts: Breakouts | undefined;
  /** Id of the breakout room in which this participant is; undefined: the main room. */
  readonly breakoutId: string | undefined;
  /** For `JoinOptions.breakoutToken`. Secret; undefined: there is nothing to come back to. */
  readonly breakoutToken: string | undefined;
  /**
   * Goes to a breakout room, or (null) to the main room: the call continues there with the others of
   * that room, with the same tracks. Rejects with `breakout.not_found`, `permission.denied` (it is
   * another one's room) or `network.unreachable` (while reconnecting), and stays where it is.
   */
  moveTo(breakoutId: string | null): Promise<void>;
  readonly chat: CallChat;
  readonly privateChat: PrivateChat;
  readonly moderation: CallModeration;
  readonly polls: CallPolls;
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
  /**
   * Id of the participant, perhaps this one, that moderators make large for all; undefined: none.
   * Changes with `participant.updated`, `participant.left` and `local.updated`.
   */
  readonly spotlight: string | undefined;
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
  /**
   * The path that media take; undefined before the first one is connected. Media of several media
   * nodes may take several paths: then the one on which media lag most.
   */
  readonly path: MediaPath | undefined;
  /**
   * Tries all paths again at once, where media do not get through. The call itself tries every five
   * seconds.
   */
  reconnectMedia(): void;
  /** Set once `connection` is `closed`. */
  readonly closeReason: CloseReason | undefined;
  /**
   * Id of the participant that the user has pinned with `pin`, here or on the device from which the
   * call has moved; undefined: nobody. It may have left. The application makes it large.
   */
  readonly pinned: string | undefined;
  /**
   * Pins a participant for this user alone, or nobody. The servers keep it for the user's next
   * device; it never rejects, because a server of an earlier version keeps nothing.
   */
  pin(participantId: string | undefined): Promise<void>;
  /** Raises the own hand: `local.handRaisedAt`, and `handRaisedAt` of this participant elsewhere. */
  raiseHand(): Promise<void>;
  lowerHand(): Promise<void>;
  /**
   * Shows a reaction to all, this side included, which reports it as `reaction`. More than one a
   * second, after six at once, reject with `limit.reached`.
   */
  react(emoji: Reaction): Promise<void>;
  publish(track: MediaStreamTrack, options: PublishOptions): Promise<LocalPublication>;
  /**
   * Sends a message to others in the call: those that have a socket at that moment receive it once,
   * messages of one sender in their order. At most 25 messages and 16 KiB a second, 100 and 64 KiB
   * at once. Rejects with `permission.denied` (without the grant `sendData`), `limit.reached`,
   * `request.invalid` (too long) and `network.unreachable` (while reconnecting: it may have been
   * sent).
   */
  sendData(message: OutgoingData): Promise<void>;
  /**
   * Replaces the metadata of this participant, at most 1,024 bytes of JSON. Rejects as `sendData`,
   * for the grant `setMetadata`. A participant that has to join afresh has those of its join token.
   */
  setMetadata(metadata: Metadata): Promise<void>;
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
   * with the same `clientId` (a UUID, by default a new one) makes no second message. `mentions`:
   * ids of participants and of members, at most 20; `replyTo`: `seq` of the answered message;
   * `files`: ids of uploaded files, at most 10, with which the text may be empty.
   */
  send(
    text: string,
    options?: { clientId?: string } & Pick<SendMessageRequest, 'mentions' | 'replyTo' | 'files'>,
  ): Promise<Message>;
  /**
   * Uploads a file for a message that is sent afterwards, with its id in `files`, within a day.
   * Rejects with the codes `file.…`, or with the reason of the `signal`.
   */
  upload(file: Blob, options: UploadOptions): Promise<MessageFile>;
  /** The bytes of a sent file, or of its `preview`. */
  fileContent(fileId: string, part?: 'content' | 'preview', signal?: AbortSignal): Promise<Blob>;
  /** The files of the meeting, newest first: a page, and the cursor of the next one. */
  listFiles(cursor?: string): Promise<{ items: MeetingFile[]; nextCursor: string | null }>;
  /** Deletes an uploaded file that was not sent. */
  discardFile(fileId: string): Promise<void>;
  /**
   * Newest first, only older than `before`; with `after` oldest first, only newer than that `seq`.
   * At most `limit` (100).
   */
  list(range?: { before?: number; after?: number; limit?: number }): Promise<MessagesPage>;
  edit(messageId: string, text: string): Promise<Message>;
  delete(messageId: string): Promise<void>;
  /**
   * Adds or removes (`on: false`) a reaction of this participant, one emoji. Others are notified by
   * `message.reacted`.
   */
  react(messageId: string, emoji: string, on?: boolean): Promise<MessageReactions>;
  /** All messages up to this `seq` are read. For members. */
  markRead(seq: number): Promise<void>;
}

/**
 * Messages to one person, which nobody else reads, where `settings.privateMessages` of the meeting
 * permits them. New ones and deletions are reported as `meeting` events (`private.created` with this
 * participant's id in `from` or `to`, `private.deleted`); `list` reads missed ones.
 */
export interface PrivateChat {
  /**
   * Sends a text (1-4000 characters) to a participant in the call (`participantId`) or to a member
   * (`userId`). `clientId` as for messages to all. Rejects with `permission.denied` where the meeting
   * does not permit it, and with `participant.not_found` for somebody who has left.
   */
  send(to: PrivateReceiver, text: string, options?: { clientId?: string }): Promise<OwnPrivateMessage>;
  /** The messages that this user wrote or received, newest first: a page, and the cursor of the next one. */
  list(cursor?: string): Promise<{ items: OwnPrivateMessage[]; nextCursor: string | null }>;
  /** One's own, for both sides. */
  delete(messageId: string): Promise<void>;
  /** This received message and all earlier ones are read. Their authors are not informed. */
  markRead(messageId: string): Promise<void>;
}

/**
 * The meeting's polls, by Server API. Changes are reported as `meeting` events; `list` reads missed
 * ones, and the own votes.
 */
export interface CallPolls {
  /** All that this participant may see, the newest first. */
  list(): Promise<Poll[]>;
  /**
   * Opens a poll with 2 to 10 choices. Rejects with `permission.denied` unless this participant is a
   * moderator or the setting `polls` of the meeting permits it, and with `limit.reached`.
   */
  create(poll: CreatePollRequest): Promise<Poll>;
  /**
   * Votes, or replaces the own vote, by indexes of `choices`; none withdraw it. `voterKey`: a random
   * UUID that the page of a guest keeps, so that the guest replaces the own vote after joining again.
   * Rejects with `poll.closed`.
   */
  vote(pollId: string, choices: readonly number[], options?: { voterKey?: string }): Promise<Poll>;
  /** For moderators, and for the author of the poll. */
  close(pollId: string): Promise<Poll>;
  /** The same, with all votes. */
  delete(pollId: string): Promise<void>;
}

/** How a file of the chat is uploaded. */
export interface UploadOptions {
  name: string;
  /** A small picture of a picture, for lists: 200 KiB at most. */
  preview?: Blob;
  /** Bytes that left, of all. */
  onProgress?: (sent: number, all: number) => void;
  signal?: AbortSignal;
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
  /** Lowers the hands of these participants; they may raise them again. */
  lowerHands(participantIds: readonly string[]): Promise<void>;
  /** Makes a participant large for all, instead of any other; null: nobody any more. */
  spotlight(participantId: string | null): Promise<void>;
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
  /** The members of the meeting, and those that are invited. */
  members(): Promise<Member[]>;
  /** For the host only. The rights in the call follow at once. */
  setRole(memberId: string, role: 'moderator' | 'member'): Promise<Member>;
  removeMember(memberId: string): Promise<void>;
  /** The secret of a new link that makes its users members, valid for a week. Shown once. */
  createInviteLink(role: 'moderator' | 'member'): Promise<string>;
  bans(): Promise<Ban[]>;
  liftBan(banId: string): Promise<void>;
  /** For the host only: ends the call for everybody. Members can read the meeting, nobody can join. */
  archive(): Promise<Meeting>;
  /** The keys of WHIP (publishing) and WHEP (watching), oldest first, without their secrets. */
  streamKeys(): Promise<StreamKey[]>;
  /** `secret` is the bearer token of the program. No other answer contains it. */
  createStreamKey(request: NewStreamKeyRequest): Promise<{ streamKey: StreamKey; secret: string }>;
  /** Removes the participant of the key from the call, too. */
  deleteStreamKey(id: string): Promise<void>;
}

/** The events of a call, with the arguments of their listeners. */
export interface CallEvents {
  connection: (state: ConnectionState) => void;
  media: (media: Call['media']) => void;
  path: (path: MediaPath | undefined) => void;
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
  /** A participant reacted, perhaps this one. Show it for some seconds. */
  reaction: (reaction: { participantId: string; emoji: Reaction }) => void;
  /** The number of observers has changed. */
  observers: (count: number) => void;
  'local.updated': (publication: LocalPublication | undefined) => void;
  /** A moderator muted it. It stays published; `unmute` starts it again. */
  'local.muted': (publication: LocalPublication) => void;
  /** The rights of this participant have changed. Publications without a grant have ended. */
  grants: (grants: Grants) => void;
  /** This participant is in another room of the meeting; undefined: the main room. */
  room: (breakoutId: string | undefined) => void;
  /**
   * Events of the meeting besides the room: chat, settings, waiting participants. No event is
   * repeated or sent later.
   */
  meeting: (event: MeetingEvent) => void;
  /** A message of another participant (`sendData`). No `change` follows. */
  data: (message: ReceivedData) => void;
  /** After every change, once per task: for stores such as React's `useSyncExternalStore`. */
  change: () => void;
  closed: (reason: CloseReason) => void;
}

/** Registers listeners. `on` returns a function that removes the listener. */
export interface TypedEmitter<E> {
  on<K extends keyof E>(event: K, listener: E[K]): () => void;
  off<K extends keyof E>(event: K, listener: E[K]): void;
}
