import type { CallEvents, OwnPrivateMessage } from '@waterbus/client';
import { expect, test } from 'vitest';
import { type PrivateCall, PrivateMessages } from './private-messages.js';

const ME = 'me';

const message = (n: number, change: Partial<OwnPrivateMessage> = {}): OwnPrivateMessage => ({
  id: `m${n}`,
  clientId: `c${n}`,
  author: { userId: null, participantId: 'ben', name: 'Ben' },
  to: { userId: null, participantId: ME, name: 'Ada' },
  text: `Text ${n}`,
  createdAt: new Date(n * 1000).toISOString(),
  own: false,
  unread: true,
  ...change,
});

/** A call whose server has these messages, the newest first, two a page. */
function newCall() {
  const stored: OwnPrivateMessage[] = [];
  const listeners: { [K in keyof CallEvents]?: CallEvents[K] } = {};
  const marked: string[] = [];
  let failure: Error | undefined;
  const call: PrivateCall = {
    local: { id: ME },
    on: (event, listener) => {
      listeners[event] = listener;
      return () => {
        delete listeners[event];
      };
    },
    privateChat: {
      send: async (_to, text, options) => {
        if (failure) throw failure;
        const sent = message(stored.length + 1, { text, clientId: options?.clientId ?? '', own: true, unread: false });
        stored.unshift(sent);
        return sent;
      },
      list: async (cursor) => {
        if (failure) throw failure;
        const from = Number(cursor ?? 0);
        const items = stored.slice(from, from + 2);
        return { items, nextCursor: from + 2 < stored.length ? String(from + 2) : null };
      },
      delete: async (id) =>
        void stored.splice(
          stored.findIndex((one) => one.id === id),
          1,
        ),
      markRead: async (id) => void marked.push(id),
    },
  };
  const emit = (own: OwnPrivateMessage) => {
    const { own: isOwn, unread: _, ...shown } = own;
    const [from, to] = isOwn ? [[ME], ['ben']] : [['ben'], [ME]];
    listeners.meeting?.({ type: 'private.created', message: shown, from, to });
  };
  const fail = (error: Error | undefined) => {
    failure = error;
  };
  return { call, stored, listeners, marked, emit, fail };
}

const ids = (store: PrivateMessages) => store.state.messages.map(({ id }) => id);
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('events and lists are merged, own messages of another device known by the side', async () => {
  const { call, stored, emit } = newCall();
  stored.push(message(2), message(1));
  const store = new PrivateMessages(call);
  const arrived: string[] = [];
  store.onArrival(({ id }) => arrived.push(id));
  const stop = store.open();
  await settled();
  expect(ids(store)).toEqual(['m1', 'm2']);
  expect(arrived).toEqual([]);
  emit(message(3));
  emit(message(3));
  emit(message(4, { own: true }));
  expect(ids(store)).toEqual(['m1', 'm2', 'm3', 'm4']);
  expect(store.state.messages.map(({ unread }) => unread)).toEqual([true, true, true, false]);
  expect(arrived).toEqual(['m3']);
  stop();
  emit(message(5));
  expect(ids(store)).toHaveLength(4);
});

test('after an interruption it reads back to the known messages, and drops deleted ones', async () => {
  const { call, stored, listeners } = newCall();
  stored.push(message(3), message(2), message(1));
  const store = new PrivateMessages(call);
  const arrived: string[] = [];
  store.onArrival(({ id }) => arrived.push(id));
  store.open();
  await settled();
  expect([ids(store), store.state.hasOlder]).toEqual([['m2', 'm3'], true]);
  stored.splice(0, 1);
  stored.unshift(message(7), message(6), message(5));
  listeners.connection?.('connected');
  await settled();
  expect(ids(store)).toEqual(['m2', 'm5', 'm6', 'm7']);
  expect(arrived).toEqual(['m5', 'm6', 'm7']);
  listeners.meeting?.({ type: 'private.deleted', message: message(5), from: [], to: [] });
  expect(ids(store)).toEqual(['m2', 'm6', 'm7']);
});

test('a text whose sending failed stays and is sent again under the same id', async () => {
  const { call, stored, fail, emit } = newCall();
  const store = new PrivateMessages(call);
  store.open();
  await settled();
  fail(new Error('offline'));
  await store.send({ participantId: 'ben' }, 'Ben', 'Hello');
  const [outgoing] = store.state.outgoing;
  expect(outgoing).toMatchObject({ text: 'Hello', toName: 'Ben', failure: new Error('offline') });
  fail(undefined);
  await store.retry(outgoing!.clientId);
  expect(store.state.outgoing).toEqual([]);
  expect(stored.map(({ clientId }) => clientId)).toEqual([outgoing!.clientId]);
  emit(stored[0]!);
  expect(ids(store)).toEqual(['m1']);
});

test('seen messages are read once, and an old list does not make them unread again', async () => {
  const { call, stored, marked, listeners } = newCall();
  stored.push(message(2), message(1));
  const store = new PrivateMessages(call);
  store.open();
  await settled();
  store.markRead();
  store.markRead();
  expect(marked).toEqual(['m2']);
  listeners.connection?.('connected');
  await settled();
  expect(store.state.messages.map(({ unread }) => unread)).toEqual([false, false]);
});

test('a failed reading shows, and an earlier server without private messages is one', async () => {
  const { call, fail, listeners } = newCall();
  fail(new Error('request.not_found'));
  const store = new PrivateMessages(call);
  store.open();
  await settled();
  expect(store.state).toMatchObject({ messages: [], failed: true });
  fail(undefined);
  listeners.connection?.('connected');
  await settled();
  expect(store.state.failed).toBe(false);
});
