import type { Call, MeetingEvent, Message, Role } from '@waterbus/client';
import type { PrivateMessages } from '@waterbus/react';
import { v4 as uuid } from 'uuid';
import { messageOf } from '../../messages.js';
import type { Remembered } from '../../storage/remembered.js';
import {
  type About,
  addOutgoing,
  type ChatLog,
  dropOutgoing,
  emptyLog,
  fillGap,
  gapAfter,
  lastSeqOf,
  markOutgoing,
  merge,
  mergeOlder,
  reacted,
  readUpTo,
  unreadOf,
} from './chat-log.js';
import type { Mentionable } from './mentions.js';

/** The state of the chat view. A new object after each change. */
export interface ConversationState {
  log: ChatLog;
  /** `loading`: nothing is known yet. `failed`: the shown messages may be incomplete. */
  loading: 'loading' | 'older' | 'failed' | undefined;
  /** To all. */
  unread: readonly Message[];
  /** With private ones. */
  unreadCount: number;
  /** The receiver of the message that is being written; undefined: all. */
  to: Mentionable | undefined;
}

/** A new message of another person. */
export type Arrival = Message & { isPrivate?: boolean };

/** The chat of one call: live events, missed messages, and the messages of this user. */
export class Conversation {
  #call: ChatCall;
  #drafts: DraftMemory;
  #userId: string | undefined;
  /**
   * The messages sent from here: they stay the user's own when the participant must join afresh
   * under another id.
   */
  #sent = new Set<string>();
  #state: ConversationState = { log: emptyLog, loading: 'loading', unread: [], unreadCount: 0, to: undefined };
  #private: PrivateMessages | undefined;
  #listeners = new Set<() => void>();
  #arrivals = new Set<(messages: Arrival[]) => void>();
  #catchingUp: Promise<void> | undefined;
  /** Texts that became the draft again while the server may still have been storing them. */
  #unsent = new Map<string, string>();
  #begun = false;
  #keepsPlace = false;

  /** `userId`: of the signed-in user; else it is known from the first own message on. */
  constructor(call: ChatCall, drafts: DraftMemory, userId: string | undefined = call.userId) {
    this.#call = call;
    this.#drafts = drafts;
    this.#userId = userId;
  }

  /** The draft: it is kept while the panel is closed, and over a reload or the end of the call. */
  get draft(): string {
    return this.#drafts.draft(this.#call.code);
  }

  set draft(text: string) {
    this.#drafts.rememberDraft(this.#call.code, text);
  }

  /** The requests of the chat. */
  get chat(): ChatCall['chat'] {
    return this.#call.chat;
  }

  get state(): ConversationState {
    return this.#state;
  }

  /** Follows the call until the returned function is called. */
  open(): () => void {
    const stops = [
      this.#call.on('meeting', (event) => this.#meetingEvent(event)),
      // Events are not repeated: the messages of a time without a connection are read (R1).
      this.#call.on('connection', (connection) => connection === 'connected' && void this.catchUp()),
    ];
    void this.catchUp();
    return () => {
      for (const stop of stops) stop();
      this.#keepUnsent();
    };
  }

  /** Called with new messages of others, not with earlier ones. */
  onArrival(listener: (messages: Arrival[]) => void): () => void {
    this.#arrivals.add(listener);
    return () => this.#arrivals.delete(listener);
  }

  /** Undefined: their code is not loaded, or the meeting has permitted none. */
  get private(): PrivateMessages | undefined {
    return this.#private;
  }

  /** Adds private messages; the returned function stops following them. */
  addPrivate(store: PrivateMessages): () => void {
    this.#private = store;
    const stops = [
      store.subscribe(() => this.#update({})),
      store.onArrival((message) => {
        const author = { ...message.author, avatarUrl: null };
        const shown = { ...message, author, seq: 0, editedAt: null, deletedAt: null, isPrivate: true };
        for (const listener of this.#arrivals) listener([shown]);
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** From now on messages are written to this person; undefined: to all. */
  writeTo(to: Mentionable | undefined): void {
    this.#update({ to });
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  isOwn = ({ author, clientId }: Message): boolean => this.#sent.has(clientId) || this.isMe(author);

  /** Whether this user is one of these people. */
  isMe = ({ userId, participantId }: { userId: string | null; participantId: string | null }): boolean =>
    (participantId !== null && participantId === this.#call.local.id) || (userId !== null && userId === this.#userId);

  mentionsMe = (message: Message): boolean => message.mentions?.some(this.isMe) ?? false;

  /** Never rejects: a text whose sending failed stays, with the reason. */
  async send(text: string, about: About = {}): Promise<void> {
    const clientId = uuid();
    this.#sent.add(clientId);
    this.#set(addOutgoing(this.#state.log, clientId, text, about));
    await this.#transmit(clientId, text, about);
  }

  async retry(clientId: string): Promise<void> {
    const failed = this.#state.log.outgoing.find((one) => one.clientId === clientId && one.failure !== undefined);
    if (!failed) return;
    this.#set(markOutgoing(this.#state.log, clientId, undefined));
    await this.#transmit(clientId, failed.text, failed.about);
  }

  giveUp(clientId: string): void {
    this.#set(dropOutgoing(this.#state.log, clientId));
  }

  async edit(id: string, text: string): Promise<void> {
    const edited = await this.#call.chat.edit(id, text);
    this.#set(merge(this.#state.log, [edited]));
  }

  /** Adds this user's reaction to a message, or removes it. */
  async react(message: Message, emoji: string, on: boolean): Promise<void> {
    const reactions = await this.#call.chat.react(message.id, emoji, on);
    this.#set(reacted(this.#state.log, message.seq, reactions));
  }

  /** Loads older messages up to this one. False: it is not there, or not for this user. */
  async reach(seq: number): Promise<boolean> {
    for (;;) {
      const { messages, hasOlder } = this.#state.log;
      const first = messages[0]?.seq;
      if (first === undefined || first <= seq || !hasOlder) return messages.some((message) => message.seq === seq);
      await this.loadOlder();
      // Failed, or loading already: the list shows it.
      if (this.#state.log.messages[0]?.seq === first) return false;
    }
  }

  async delete(id: string): Promise<void> {
    await this.#call.chat.delete(id);
    const deleted = this.#state.log.messages.find((message) => message.id === id);
    if (!deleted) return;
    this.#set(
      merge(this.#state.log, [{ ...deleted, text: '', mentions: [], files: [], deletedAt: new Date().toISOString() }]),
    );
  }

  async loadOlder(): Promise<void> {
    const { log, loading } = this.#state;
    const first = log.messages[0];
    if (!first || !log.hasOlder || loading === 'older') return;
    this.#update({ loading: 'older' });
    try {
      const page = await this.#call.chat.list({ before: first.seq, limit: PAGE });
      this.#update({ log: mergeOlder(this.#state.log, page), loading: undefined });
    } catch {
      this.#update({ loading: 'failed' });
    }
  }

  /** All present messages were seen. The server stores the place of members. */
  markRead(): void {
    this.#private?.markRead();
    const { log } = this.#state;
    const seq = lastSeqOf(log);
    if (seq <= log.readSeq) return;
    this.#set(readUpTo(log, seq));
    // The next message repeats a failed request.
    if (this.#keepsPlace) this.#call.chat.markRead(seq).catch(() => {});
  }

  /** Reads the newest messages, and those between them and the known ones. */
  catchUp(): Promise<void> {
    this.#catchingUp ??= this.#read().finally(() => {
      this.#catchingUp = undefined;
    });
    return this.#catchingUp;
  }

  /** A text that was never stored becomes the draft again: the user need not write it twice. */
  #keepUnsent(): void {
    const { outgoing } = this.#state.log;
    if (outgoing.length === 0) return;
    this.draft = [...outgoing.map(({ text }) => text), this.draft].filter(Boolean).join('\n');
    for (const { clientId, text } of outgoing) {
      this.#unsent.set(clientId, text);
      this.giveUp(clientId);
    }
  }

  async #read(): Promise<void> {
    try {
      const page = await this.#call.chat.list({ limit: PAGE });
      if (this.#begun) {
        this.#take(page.items, undefined);
        if (this.#state.loading === 'failed') this.#update({ loading: undefined });
      } else {
        const readSeq = await this.#readBefore(page.lastSeq);
        this.#begun = true;
        this.#update({ log: readUpTo(mergeOlder(this.#state.log, page), readSeq), loading: undefined });
      }
      for (let after = gapAfter(this.#state.log); after !== undefined; after = gapAfter(this.#state.log)) {
        const { items } = await this.#call.chat.list({ after, limit: PAGE });
        this.#take(items, after);
      }
    } catch {
      this.#update({ loading: 'failed' });
    }
  }

  /**
   * The last `seq` that a member has read. Non-members have no stored place: for them earlier
   * messages are not new.
   */
  async #readBefore(lastSeq: number): Promise<number> {
    if (this.#call.local.role === 'guest') return lastSeq;
    const { membership } = await this.#call.meeting();
    this.#keepsPlace = membership?.state === 'joined';
    return membership?.lastReadSeq ?? lastSeq;
  }

  #meetingEvent(event: MeetingEvent): void {
    if (event.type === 'message.created') {
      this.#take([event.message], undefined);
      if (gapAfter(this.#state.log) !== undefined) void this.catchUp();
    } else if (event.type === 'message.updated' || event.type === 'message.deleted') {
      this.#set(merge(this.#state.log, [event.message]));
    } else if (event.type === 'message.reacted') {
      this.#set(reacted(this.#state.log, event.seq, event.reactions));
    }
  }

  /** Merges messages that are new, or in a gap that begins `after` one. */
  #take(items: readonly Message[], after: number | undefined): void {
    const { log } = this.#state;
    const known = new Set(log.messages.map(({ seq }) => seq));
    const fresh = items
      .filter((message) => !known.has(message.seq) && !message.deletedAt && !this.isOwn(message))
      .sort((one, other) => one.seq - other.seq);
    const taken = after === undefined ? merge(log, items) : fillGap(log, after, items);
    this.#set(taken);
    if (fresh.length > 0) for (const listener of this.#arrivals) listener(fresh);
  }

  async #transmit(clientId: string, text: string, about: About): Promise<void> {
    try {
      const message = await this.#call.chat.send(text, { clientId, ...about });
      this.#userId ??= message.author.userId ?? undefined;
      const unsent = this.#unsent.get(clientId);
      if (unsent !== undefined) this.draft = this.draft.replace(unsent, '').trim();
      this.#set(merge(this.#state.log, [message]));
    } catch (error) {
      this.#set(markOutgoing(this.#state.log, clientId, messageOf(error)));
    }
  }

  #set(log: ChatLog): void {
    this.#update({ log });
  }

  #update(change: Partial<Pick<ConversationState, 'log' | 'loading' | 'to'>>): void {
    const next = { ...this.#state, ...change };
    const unread = unreadOf(next.log, this.isOwn);
    const privately = this.#private?.state.messages.filter((message) => message.unread).length ?? 0;
    this.#state = { ...next, unread, unreadCount: unread.length + privately };
    for (const listener of this.#listeners) listener();
  }
}

/** The chat's interface to a call. */
export type ChatCall = Pick<Call, 'chat' | 'code' | 'meeting' | 'on'> & {
  /** `id`: undefined outside of the call. */
  readonly local: { readonly id: string | undefined; readonly role: Role };
  /** Of the signed-in user, if it is known. */
  readonly userId?: string;
};

/** Stores the draft, by the meeting's code. */
export type DraftMemory = Pick<Remembered, 'draft' | 'rememberDraft'>;

/** Messages per request: some screens full. */
const PAGE = 50;
