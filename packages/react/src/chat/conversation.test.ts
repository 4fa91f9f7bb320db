import type { Call, CallEvents, MeetingEvent, Message, MessagesPage, OwnPrivateMessage } from '@waterbus/client';
import { WaterbusError } from '@waterbus/client';
import { describe, expect, it, vi } from 'vitest';
import { Conversation } from './conversation.js';
import type { ChatCall, DraftMemory } from './conversation-state.js';

const ben = { userId: null, participantId: 'ben', name: 'Ben', avatarUrl: null };
const message = (seq: number, more: Partial<Message> = {}): Message => ({
  id: `message-${seq}`,
  seq,
  clientId: `client-${seq}`,
  author: ben,
  text: `Text ${seq}`,
  createdAt: '2030-01-01T12:00:00.000Z',
  editedAt: null,
  deletedAt: null,
  ...more,
});

/** A draft store, as the browser keeps it from one visit to the next. */
function draftMemory(): DraftMemory & { text: string } {
  const memory = {
    text: '',
    draft: () => memory.text,
    rememberDraft: (_code: string, text: string) => {
      memory.text = text;
    },
  };
  return memory;
}

/** A server that stores messages, and a connection that can drop events. */
class Chat {
  stored: Message[] = [];
  requested: object[] = [];
  readableFrom = 1;
  failing = false;
  lastReadSeq: number | undefined;
  marked: number[] = [];
  #listeners = new Map<string, (argument: never) => void>();

  readonly call: ChatCall = {
    code: 'abc-defg-hjk',
    local: { id: 'ada', role: 'host' } as Call['local'],
    meeting: async () =>
      (this.lastReadSeq === undefined
        ? {}
        : { membership: { state: 'joined', lastReadSeq: this.lastReadSeq } }) as Awaited<ReturnType<Call['meeting']>>,
    on: <K extends keyof CallEvents>(event: K, listener: CallEvents[K]) => {
      this.#listeners.set(event, listener as never);
      return () => this.#listeners.delete(event);
    },
    chat: {
      send: async (text, { clientId } = {}) => {
        if (this.failing) throw new WaterbusError('network.unreachable', 'no way');
        const known = this.stored.find((one) => one.clientId === clientId);
        if (known) return known;
        const author = { userId: 'user-ada', participantId: null, name: 'Ada', avatarUrl: null };
        return this.write({ text, clientId: clientId!, author });
      },
      list: async (range = {}) => this.#list(range),
      edit: async (id, text) => ({
        ...this.stored.find((one) => one.id === id)!,
        text,
        editedAt: '2030-01-01T13:00:00.000Z',
      }),
      delete: async () => {},
      react: async (_id, emoji) => ({ version: 1, list: [{ emoji, count: 1, by: [] }] }),
      markRead: async (seq) => void this.marked.push(seq),
      upload: () => Promise.reject(new Error('not here')),
      fileContent: () => Promise.reject(new Error('not here')),
      listFiles: async () => ({ items: [], nextCursor: null }),
      discardFile: async () => {},
    },
  };

  write(more: Partial<Message> = {}): Message {
    const next = message(this.stored.length + 1, more);
    this.stored.push(next);
    return next;
  }

  meetingEvent(event: MeetingEvent): void {
    this.#listeners.get('meeting')?.(event as never);
  }

  reconnect(): void {
    this.#listeners.get('connection')?.('connected' as never);
  }

  async #list(range: { before?: number; after?: number; limit?: number }): Promise<MessagesPage> {
    this.requested.push(range);
    if (this.failing) throw new WaterbusError('network.unreachable', 'no way');
    const { before = Number.POSITIVE_INFINITY, after, limit = 100 } = range;
    const found = this.stored.filter(({ seq }) => seq >= this.readableFrom && seq < before && seq > (after ?? 0));
    if (after === undefined) found.reverse();
    return { items: found.slice(0, limit), more: found.length > limit, lastSeq: this.stored.length };
  }
}

async function opened(chat: Chat, drafts = draftMemory()) {
  const conversation = new Conversation(chat.call, { drafts });
  const close = conversation.open();
  await conversation.read();
  const arrived: string[] = [];
  conversation.onArrival((messages) => arrived.push(...messages.map(({ text }) => text)));
  return { conversation, arrived, close };
}

const seqs = (conversation: Conversation) => conversation.state.messages.map(({ seq }) => seq);

describe('earlier messages', () => {
  it('are read page by page, and are not new', async () => {
    const chat = new Chat();
    for (let i = 0; i < 120; i++) chat.write();
    const { conversation, arrived } = await opened(chat);
    expect([seqs(conversation)[0], seqs(conversation).at(-1)]).toEqual([71, 120]);
    expect([conversation.state.unread.length, arrived.length]).toEqual([0, 0]);
    await Promise.all([conversation.loadOlder(), conversation.loadOlder()]);
    expect(seqs(conversation)[0]).toBe(21);
    await conversation.loadOlder();
    await conversation.loadOlder();
    expect([seqs(conversation).length, chat.requested.length]).toEqual([120, 3]);
    expect(conversation.state.hasOlder).toBe(false);
  });

  it('are new for a member that has not read them, whose place is stored', async () => {
    const chat = new Chat();
    for (let i = 0; i < 5; i++) chat.write();
    chat.lastReadSeq = 3;
    const { conversation } = await opened(chat);
    expect(conversation.state.unread.map(({ seq }) => seq)).toEqual([4, 5]);
    conversation.markRead();
    conversation.markRead();
    expect([conversation.state.unread.length, chat.marked]).toEqual([0, [5]]);
  });
});

describe('new messages', () => {
  it('are new once, and unread until they were seen', async () => {
    const chat = new Chat();
    const { conversation, arrived } = await opened(chat);
    const first = chat.write();
    chat.meetingEvent({ type: 'message.created', message: first });
    chat.meetingEvent({ type: 'message.created', message: first });
    chat.meetingEvent({
      type: 'message.updated',
      message: { ...first, text: 'New', editedAt: '2030-01-01T12:00:01.000Z' },
    });
    expect(conversation.state.messages[0]?.text).toBe('New');
    expect([arrived, conversation.state.unread.length]).toEqual([['Text 1'], 1]);
    conversation.markRead();
    expect([conversation.state.unread.length, chat.marked]).toEqual([0, []]);
  });

  it('R1: close a gap by a request for its messages', async () => {
    const chat = new Chat();
    chat.write();
    const { conversation, arrived } = await opened(chat);
    for (let i = 0; i < 70; i++) chat.write();
    chat.meetingEvent({ type: 'message.created', message: chat.stored.at(-1)! });
    await conversation.read();
    expect(seqs(conversation)).toEqual(chat.stored.map(({ seq }) => seq));
    expect(new Set(arrived).size).toBe(70);
    expect(arrived.length).toBe(70);
  });

  it('R1: are read after a time without a connection, with meanwhile edited ones', async () => {
    const chat = new Chat();
    chat.write();
    const { conversation, arrived } = await opened(chat);
    chat.stored[0] = { ...chat.stored[0]!, text: 'Edited', editedAt: '2030-01-01T12:00:01.000Z' };
    chat.write();
    chat.reconnect();
    await conversation.read();
    expect(conversation.state.messages.map(({ text }) => text)).toEqual(['Edited', 'Text 2']);
    expect(arrived).toEqual(['Text 2']);
  });

  it('are not requested forever if this guest may not read them', async () => {
    const chat = new Chat();
    chat.write();
    const { conversation } = await opened(chat);
    for (let i = 0; i < 5; i++) chat.write();
    chat.readableFrom = 5;
    chat.reconnect();
    await conversation.read();
    expect(seqs(conversation)).toEqual([1, 5, 6]);
    const requested = chat.requested.length;
    chat.meetingEvent({ type: 'message.created', message: chat.write() });
    expect(chat.requested.length).toBe(requested);
  });

  it('report a failed request, and are read on the next one', async () => {
    const chat = new Chat();
    chat.write();
    chat.failing = true;
    const { conversation } = await opened(chat);
    expect(conversation.state.loading).toBe('failed');
    chat.failing = false;
    await conversation.read();
    expect([conversation.state.loading, ...seqs(conversation)]).toEqual([undefined, 1]);
  });
});

describe('a message written here', () => {
  it('is the user’s own, whichever author the server names, and never unread', async () => {
    const chat = new Chat();
    const { conversation, arrived } = await opened(chat);
    await conversation.send('Hello');
    chat.meetingEvent({ type: 'message.created', message: chat.stored[0]! });
    chat.meetingEvent({
      type: 'message.created',
      message: chat.write({ author: chat.stored[0]!.author, text: 'Elsewhere' }),
    });
    expect(conversation.state.messages.map(conversation.isOwn)).toEqual([true, true]);
    expect([arrived.length, conversation.state.unread.length]).toEqual([0, 0]);
  });

  it('stays when sending failed, and is retried under the same id', async () => {
    const chat = new Chat();
    const { conversation } = await opened(chat);
    const send = vi.spyOn(chat.call.chat, 'send');
    chat.failing = true;
    await conversation.send('Hello');
    const [failed] = conversation.state.outgoing;
    expect(failed?.failure).toMatchObject({ code: 'network.unreachable' });
    chat.failing = false;
    await conversation.retry(failed!.clientId);
    await conversation.retry(failed!.clientId);
    expect(send.mock.calls.map(([text, options]) => [text, options?.clientId])).toEqual([
      ['Hello', failed!.clientId],
      ['Hello', failed!.clientId],
    ]);
    expect([conversation.state.outgoing.length, ...seqs(conversation)]).toEqual([0, 1]);
  });

  it('is sent from a page that is not secure, where crypto.randomUUID is missing', async () => {
    const chat = new Chat();
    const { conversation } = await opened(chat);
    vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
    try {
      await conversation.send('Hello');
    } finally {
      vi.unstubAllGlobals();
    }
    expect(chat.stored.map(({ text }) => text)).toEqual(['Hello']);
  });

  it('becomes the draft again when the call ends before it was stored', async () => {
    const chat = new Chat();
    const drafts = draftMemory();
    const { conversation, close } = await opened(chat, drafts);
    chat.failing = true;
    await conversation.send('First');
    await conversation.send('Second');
    conversation.draft = 'Begun';
    close();
    expect((await opened(new Chat(), drafts)).conversation.draft).toBe('First\nSecond\nBegun');
  });

  it('is no draft any more when it was stored all the same', async () => {
    const chat = new Chat();
    const drafts = draftMemory();
    const { conversation, close } = await opened(chat, drafts);
    const sending = conversation.send('Hello');
    close();
    expect(drafts.text).toBe('Hello');
    await sending;
    expect([drafts.text, chat.stored.length]).toEqual(['', 1]);
  });
});

it('recognises a mention of the signed-in user by id before the first own message', async () => {
  const chat = new Chat();
  const mentions = [{ userId: 'user-ada', participantId: null, name: 'Ada' }];
  const [known, unknown] = ['user-ada', undefined].map((id) => new Conversation(chat.call, { userId: id }));
  const message = chat.write({ mentions });
  expect([known?.mentionsMe(message), unknown?.mentionsMe(message)]).toEqual([true, false]);
});

it('is written to one person or answers a message, never both', () => {
  const conversation = new Conversation(new Chat().call);
  const of = () => [conversation.state.to, conversation.state.answered?.seq];
  const message = new Chat().write();
  conversation.answer(message);
  expect(of()).toEqual([undefined, 1]);
  const side = { userId: null, participantId: 'ben', name: 'Ben' };
  conversation.answerPrivately({
    own: false,
    author: side,
    to: { ...side, participantId: 'ada' },
  } as OwnPrivateMessage);
  expect(of()).toEqual([{ name: 'Ben', participantId: 'ben' }, undefined]);
  conversation.answer(message);
  expect(of()).toEqual([undefined, 1]);
});
