import type { MeetingEvent, Message, OwnPrivateMessage } from '@waterbus/client';
import { CallStore } from '../call/call-store.js';
import { newUuid } from '../call/new-uuid.js';
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
import {
  type Arrival,
  type ChatCall,
  type ConversationOptions,
  type ConversationState,
  type DraftMemory,
  newDrafts,
} from './conversation-state.js';
import type { Mentionable } from './mentions.js';
import type { PrivateMessages } from './private-messages.js';

/**
 * The chat of a meeting: live events, missed messages, the messages of this user, and what is
 * unread. Lists of new messages of others arrive.
 */
export class Conversation extends CallStore<ConversationState, readonly Arrival[]> {
  #call: ChatCall;
  #drafts: DraftMemory;
  #userId: string | undefined;
  #log: ChatLog = emptyLog;
  /**
   * The messages sent from here: they stay the user's own when the participant must join afresh
   * under another id.
   */
  #sent = new Set<string>();
  #private: PrivateMessages | undefined;
  #reading: Promise<void> | undefined;
  /** Texts that became the draft again while the server may still have been storing them. */
  #unsent = new Map<string, string>();
  #begun = false;
  #keepsPlace = false;

  constructor(call: ChatCall, { drafts = newDrafts(), userId = call.userId }: ConversationOptions = {}) {
    const { messages, hasOlder, outgoing } = emptyLog;
    super(call, { messages, hasOlder, outgoing, loading: 'loading', unread: [], unreadCount: 0, ...TO_ALL });
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

  /** A text that was never stored becomes the draft again when the conversation ends. */
  override open(earlier: readonly MeetingEvent[] = []): () => void {
    const stop = super.open(earlier);
    return () => {
      stop();
      this.#keepUnsent();
    };
  }

  /** Undefined: their code is not loaded, or the meeting has permitted none. */
  get private(): PrivateMessages | undefined {
    return this.#private;
  }

  /** Adds private messages; the returned function stops following them. */
  addPrivate(store: PrivateMessages): () => void {
    this.#private = store;
    const stops = [
      store.subscribe(() => this.#update()),
      store.onArrival((message) => {
        const author = { ...message.author, avatarUrl: null };
        const shown = { ...message, author, seq: 0, editedAt: null, deletedAt: null, isPrivate: true };
        this.arrived([shown]);
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** From now on messages are written to this person, and answer none; undefined: to all. */
  writeTo(to: Mentionable | undefined): void {
    this.set({ to, answered: undefined });
  }

  /** The next message answers this one, to all; undefined: none. */
  answer(message: Message | undefined): void {
    this.set({ to: undefined, answered: message });
  }

  /** From now on messages are written to the other person of this one. */
  answerPrivately({ own, author, to }: OwnPrivateMessage): void {
    const { name, userId, participantId } = own ? to : author;
    this.writeTo({ name, ...(userId === null ? { participantId: participantId ?? '' } : { userId }) });
  }

  isOwn = ({ author, clientId }: Message): boolean => this.#sent.has(clientId) || this.isMe(author);

  /** Whether this user is one of these people. */
  isMe = ({ userId, participantId }: { userId: string | null; participantId: string | null }): boolean =>
    (participantId !== null && participantId === this.#call.local.id) || (userId !== null && userId === this.#userId);

  mentionsMe = (message: Message): boolean => message.mentions?.some(this.isMe) ?? false;

  /** Never rejects: a text whose sending failed stays, with the reason. */
  async send(text: string, about: About = {}): Promise<void> {
    const clientId = newUuid();
    this.#sent.add(clientId);
    this.#follow(addOutgoing(this.#log, clientId, text, about));
    await this.#transmit(clientId, text, about);
  }

  async retry(clientId: string): Promise<void> {
    const failed = this.#log.outgoing.find((one) => one.clientId === clientId && one.failure !== undefined);
    if (!failed) return;
    this.#follow(markOutgoing(this.#log, clientId, undefined));
    await this.#transmit(clientId, failed.text, failed.about);
  }

  giveUp(clientId: string): void {
    this.#follow(dropOutgoing(this.#log, clientId));
  }

  async edit(id: string, text: string): Promise<void> {
    const edited = await this.#call.chat.edit(id, text);
    this.#follow(merge(this.#log, [edited]));
  }

  /** Adds this user's reaction to a message, or removes it. */
  async react(message: Message, emoji: string, on: boolean): Promise<void> {
    const reactions = await this.#call.chat.react(message.id, emoji, on);
    this.#follow(reacted(this.#log, message.seq, reactions));
  }

  /** Loads older messages up to this one. False: it is not there, or not for this user. */
  async reach(seq: number): Promise<boolean> {
    for (;;) {
      const { messages, hasOlder } = this.#log;
      const first = messages[0]?.seq;
      if (first === undefined || first <= seq || !hasOlder) return messages.some((message) => message.seq === seq);
      await this.loadOlder();
      // Failed, or loading already: the list shows it.
      if (this.#log.messages[0]?.seq === first) return false;
    }
  }

  async delete(id: string): Promise<void> {
    await this.#call.chat.delete(id);
    const deleted = this.#log.messages.find((message) => message.id === id);
    if (!deleted) return;
    this.#follow(
      merge(this.#log, [{ ...deleted, text: '', mentions: [], files: [], deletedAt: new Date().toISOString() }]),
    );
  }

  async loadOlder(): Promise<void> {
    const { messages, hasOlder, loading } = this.state;
    const first = messages[0];
    if (!first || !hasOlder || loading === 'older') return;
    this.set({ loading: 'older' });
    try {
      const page = await this.#call.chat.list({ before: first.seq, limit: PAGE });
      this.#follow(mergeOlder(this.#log, page), { loading: undefined });
    } catch {
      this.set({ loading: 'failed' });
    }
  }

  /** All present messages were seen. The server stores the place of members. */
  markRead(): void {
    this.#private?.markRead();
    const log = this.#log;
    const seq = lastSeqOf(log);
    if (seq <= log.readSeq) return;
    this.#follow(readUpTo(log, seq));
    // The next message repeats a failed request.
    if (this.#keepsPlace) this.#call.chat.markRead(seq).catch(() => {});
  }

  /** Reads the newest messages, and those between them and the known ones. */
  override read(): Promise<void> {
    this.#reading ??= this.#readNewest().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** A text that was never stored becomes the draft again: the user need not write it twice. */
  #keepUnsent(): void {
    const { outgoing } = this.#log;
    if (outgoing.length === 0) return;
    this.draft = [...outgoing.map(({ text }) => text), this.draft].filter(Boolean).join('\n');
    for (const { clientId, text } of outgoing) {
      this.#unsent.set(clientId, text);
      this.giveUp(clientId);
    }
  }

  async #readNewest(): Promise<void> {
    try {
      const page = await this.#call.chat.list({ limit: PAGE });
      if (this.#begun) {
        this.#take(page.items, undefined);
        if (this.state.loading === 'failed') this.set({ loading: undefined });
      } else {
        const readSeq = await this.#readBefore(page.lastSeq);
        this.#begun = true;
        this.#follow(readUpTo(mergeOlder(this.#log, page), readSeq), { loading: undefined });
      }
      for (let after = gapAfter(this.#log); after !== undefined; after = gapAfter(this.#log)) {
        const { items } = await this.#call.chat.list({ after, limit: PAGE });
        this.#take(items, after);
      }
    } catch {
      this.set({ loading: 'failed' });
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

  protected override meetingEvent(event: MeetingEvent): void {
    if (event.type === 'message.created') {
      this.#take([event.message], undefined);
      if (gapAfter(this.#log) !== undefined) void this.read();
    } else if (event.type === 'message.updated' || event.type === 'message.deleted') {
      this.#follow(merge(this.#log, [event.message]));
    } else if (event.type === 'message.reacted') {
      this.#follow(reacted(this.#log, event.seq, event.reactions));
    }
  }

  /** Merges messages that are new, or in a gap that begins `after` one. */
  #take(items: readonly Message[], after: number | undefined): void {
    const log = this.#log;
    const known = new Set(log.messages.map(({ seq }) => seq));
    const fresh = items
      .filter((message) => !known.has(message.seq) && !message.deletedAt && !this.isOwn(message))
      .sort((one, other) => one.seq - other.seq);
    const taken = after === undefined ? merge(log, items) : fillGap(log, after, items);
    this.#follow(taken);
    if (fresh.length > 0) this.arrived(fresh);
  }

  async #transmit(clientId: string, text: string, about: About): Promise<void> {
    try {
      const message = await this.#call.chat.send(text, { clientId, ...about });
      this.#userId ??= message.author.userId ?? undefined;
      const unsent = this.#unsent.get(clientId);
      if (unsent !== undefined) this.draft = this.draft.replace(unsent, '').trim();
      this.#follow(merge(this.#log, [message]));
    } catch (error) {
      this.#follow(markOutgoing(this.#log, clientId, error));
    }
  }

  #follow(log: ChatLog, change: Partial<ConversationState> = {}): void {
    this.#log = log;
    this.#update(change);
  }

  #update(change: Partial<ConversationState> = {}): void {
    const { messages, hasOlder, outgoing } = this.#log;
    const unread = unreadOf(this.#log, this.isOwn);
    const privately = this.#private?.state.messages.filter((message) => message.unread).length ?? 0;
    this.set({ messages, hasOlder, outgoing, unread, unreadCount: unread.length + privately, ...change });
  }
}

const TO_ALL = { to: undefined, answered: undefined };

/** Messages per request: some screens full. */
const PAGE = 50;
