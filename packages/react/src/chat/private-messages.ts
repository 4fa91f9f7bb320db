import type { Call, MeetingEvent, OwnPrivateMessage, PrivateReceiver } from '@waterbus/client';
import { CallStore } from '../call/call-store.js';
import { newUuid } from '../call/new-uuid.js';

/** A private message that is not known to be stored. */
export interface OutgoingPrivateMessage {
  /** The same for every attempt: the server then stores it once. */
  clientId: string;
  to: PrivateReceiver;
  toName: string;
  text: string;
  /** Why sending failed; undefined while it is on its way. */
  failure: unknown;
}

/** The private messages of this user, as far as they are known. */
export interface PrivateMessagesState {
  /** The newest last. */
  messages: readonly OwnPrivateMessage[];
  outgoing: readonly OutgoingPrivateMessage[];
  /** The server has older ones. */
  hasOlder: boolean;
  /** Messages may be missing, because the last request for them failed. */
  failed: boolean;
}

/** The private messages of one user in a meeting. Each message of another person arrives. */
export class PrivateMessages extends CallStore<PrivateMessagesState, OwnPrivateMessage> {
  #call: PrivateCall;
  #older: string | null = null;
  #begun = false;
  #loadingOlder = false;

  constructor(call: PrivateCall) {
    super(call, { messages: [], outgoing: [], hasOlder: false, failed: false });
    this.#call = call;
  }

  /** Reads the newest messages, back to the known ones. Never rejects: the state shows a failure. */
  async read(): Promise<void> {
    const before = new Set(this.state.messages.map(({ id }) => id));
    try {
      const items: OwnPrivateMessage[] = [];
      let cursor: string | null = null;
      for (let page = 0; page === 0 || (cursor && before.size > 0 && page < MOST_PAGES); page++) {
        const list = await this.#call.privateChat.list(cursor ?? undefined);
        items.push(...list.items);
        cursor = list.nextCursor;
        if (list.items.some(({ id }) => before.has(id))) break;
      }
      if (!this.#begun) this.#older = cursor;
      this.#take(items, before, cursor === null ? '' : (items.at(-1)?.createdAt ?? ''));
    } catch {
      this.set({ failed: true });
    }
  }

  /** Never rejects. */
  async loadOlder(): Promise<void> {
    if (this.#older === null || this.#loadingOlder) return;
    this.#loadingOlder = true;
    try {
      const { items, nextCursor } = await this.#call.privateChat.list(this.#older);
      this.#older = nextCursor;
      this.set({ messages: merged(this.state.messages, items), hasOlder: nextCursor !== null });
    } catch {
      this.set({ failed: true });
    }
    this.#loadingOlder = false;
  }

  /** Never rejects: a text whose sending failed stays among `outgoing`, with the reason. */
  async send(to: PrivateReceiver, toName: string, text: string): Promise<void> {
    const clientId = newUuid();
    const outgoing = { clientId, to, toName, text, failure: undefined };
    this.set({ outgoing: [...this.state.outgoing, outgoing] });
    await this.#transmit(outgoing);
  }

  async retry(clientId: string): Promise<void> {
    const failed = this.state.outgoing.find((one) => one.clientId === clientId && one.failure !== undefined);
    if (!failed) return;
    this.#mark(clientId, undefined);
    await this.#transmit(failed);
  }

  giveUp(clientId: string): void {
    this.set({ outgoing: this.state.outgoing.filter((one) => one.clientId !== clientId) });
  }

  /** One's own, for both sides. */
  async delete(id: string): Promise<void> {
    await this.#call.privateChat.delete(id);
    this.#drop(id);
  }

  /** All received messages were seen. */
  markRead(): void {
    const last = this.state.messages.findLast(({ unread }) => unread);
    if (!last) return;
    this.set({ messages: this.state.messages.map((one) => (one.unread ? { ...one, unread: false } : one)) });
    // The next message repeats a failed request.
    this.#call.privateChat.markRead(last.id).catch(() => {});
  }

  protected meetingEvent(event: MeetingEvent): void {
    if (event.type === 'private.deleted') this.#drop(event.message.id);
    if (event.type !== 'private.created') return;
    const own = event.from.includes(this.#call.local.id ?? '');
    this.#add([{ ...event.message, own, unread: !own }]);
  }

  /** `before`: known before the request; those since `oldest` that are not in its answer are deleted. */
  #take(items: readonly OwnPrivateMessage[], before: ReadonlySet<string>, oldest: string): void {
    const ids = new Set(items.map(({ id }) => id));
    const messages = this.state.messages.filter(
      ({ id, createdAt }) => ids.has(id) || !before.has(id) || createdAt < oldest,
    );
    this.set({ messages, hasOlder: this.#older !== null, failed: false });
    // Earlier messages are not new, unless they are unread.
    if (this.#begun) this.#add(items);
    else this.set({ messages: merged(this.state.messages, items) });
    this.#begun = true;
  }

  #add(items: readonly OwnPrivateMessage[]): void {
    const known = new Set(this.state.messages.map(({ id }) => id));
    const sent = new Set(items.map(({ clientId }) => clientId));
    this.set({
      messages: merged(this.state.messages, items),
      outgoing: this.state.outgoing.filter(({ clientId }) => !sent.has(clientId)),
    });
    for (const message of items.toReversed()) {
      if (known.has(message.id) || message.own) continue;
      this.arrived(message);
    }
  }

  async #transmit({ clientId, to, text }: OutgoingPrivateMessage): Promise<void> {
    try {
      this.#add([await this.#call.privateChat.send(to, text, { clientId })]);
    } catch (error) {
      this.#mark(clientId, error);
    }
  }

  #mark(clientId: string, failure: unknown): void {
    this.set({
      outgoing: this.state.outgoing.map((one) => (one.clientId === clientId ? { ...one, failure } : one)),
    });
  }

  #drop(id: string): void {
    this.set({ messages: this.state.messages.filter((message) => message.id !== id) });
  }
}

/** The store's interface to a call. `local.id`: undefined outside of the call. */
export type PrivateCall = Pick<Call, 'privateChat' | 'on'> & { readonly local: { readonly id: string | undefined } };

/** Each message once, the newest last. One that was read here stays read. */
function merged(
  known: readonly OwnPrivateMessage[],
  items: readonly OwnPrivateMessage[],
): readonly OwnPrivateMessage[] {
  const byId = new Map(known.map((message) => [message.id, message]));
  for (const message of items) {
    const unread = message.unread && (byId.get(message.id)?.unread ?? true);
    byId.set(message.id, { ...message, unread });
  }
  return [...byId.values()].sort((one, other) => (one.createdAt < other.createdAt ? -1 : 1));
}

/** Of one reading: a thousand messages during an interruption. */
const MOST_PAGES = 20;
