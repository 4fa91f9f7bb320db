import type { Browser } from '@playwright/test';
import type { LeaveReason, Message } from '@waterbus/protocol';
import { type Person, person } from '../../system/call.js';
import { WireTap } from '../bots/wire-tap.js';
import type { History } from '../history.js';
import { installProbe, METER, type Probe } from './probe.js';

/** A person with a browser on our page. Records and measures the page's events and view. */
export interface Visitor extends Person {
  /** The current participant id. After a new join, the next `probe` updates it. */
  readonly participantId: string;
  /** All participant ids so far, the newest last. */
  readonly ids: readonly string[];
  /** The time of the supervisor's clock at which the page's clock was 0. */
  readonly origin: number;
  probe(): Promise<Probe>;
  /** The SDK's state of its socket. */
  connection(): Promise<string>;
  /** The media nodes of its sending and receiving connections. */
  mediaNodes(): Promise<{ send: string[]; receive: string[] }>;
  sendMessage(text: string): Promise<void>;
  /** Requests the whole chat, returns it, and records the view. */
  conclude(): Promise<Message[]>;
}

/**
 * Opens a page with the probe. `enter` brings it into the call, then `visit` makes a visitor of it.
 */
export async function open(browser: Browser, history: History, name: string): Promise<Person & { tap: WireTap }> {
  // The page's security policy allows scripts of its own origin only; the probe adds one.
  const one = await person(browser, name, { bypassCSP: true, viewport: { width: 400, height: 300 } });
  const { page } = one;
  // The compiler inserts this helper into named functions.
  await page.addInitScript('globalThis.__name = (f) => f');
  await page.addInitScript(installProbe, METER);
  const tap = new WireTap(name, (entry) => history.write(entry));
  page.on('websocket', (socket) => {
    const number = tap.opened();
    socket.on('framesent', ({ payload }) => tap.sent(number, String(payload)));
    socket.on('framereceived', ({ payload }) => tap.received(number, String(payload)));
    socket.on('close', () => tap.closed(number));
  });
  return { ...one, tap };
}

/** Returns the visitor of a page in the call. */
export async function visit(one: Person, history: History): Promise<Visitor> {
  const { name: client, page } = one;
  await page.exposeFunction('writeDown', (entry: Noted) => history.write({ client, ...entry }));
  const before = performance.now();
  const { now, participantId } = await page.evaluate(() => {
    const { call } = (window as unknown as Handle).waterbus;
    const { writeDown } = window as unknown as Handle;
    const joined = (who: unknown) => writeDown({ type: 'joined', participantId: (who as { id: string }).id });
    for (const who of call.participants) joined(who);
    call.on('participant.joined', joined);
    call.on('connection', (state) => writeDown({ type: 'connection', state: state as string }));
    call.on('participant.left', (who, reason) =>
      writeDown({
        type: 'left',
        participantId: (who as { id: string }).id,
        reason: reason as LeaveReason,
      }),
    );
    call.on('meeting', (event) => {
      const { type, message } = event as { type: string; message: Message };
      if (type === 'message.created') writeDown({ type: 'chat.seen', message });
    });
    return { now: performance.now(), participantId: call.local.id };
  });
  const origin = (before + performance.now()) / 2 - now;
  const ids = [participantId];
  return {
    ...one,
    ids,
    get participantId() {
      return ids.at(-1)!;
    },
    origin,
    probe: async () => {
      const { probe, id } = await page.evaluate(async () => {
        const { probe, waterbus } = window as unknown as Handle;
        return { probe: await probe(), id: waterbus.call.local.id };
      });
      if (id !== ids.at(-1)) ids.push(id);
      return probe;
    },
    connection: () => page.evaluate(() => (window as unknown as Handle).waterbus.call.connection),
    mediaNodes: () =>
      page.evaluate(async () => {
        const stats = await (window as unknown as Handle).waterbus.call.stats();
        const of = (wanted: string) => [
          ...new Set(stats.filter(({ direction }) => direction === wanted).map(({ mediaNodeId }) => mediaNodeId)),
        ];
        return { send: of('send'), receive: of('receive') };
      }),
    sendMessage: async (text) => {
      const clientId = crypto.randomUUID();
      history.write({ client, type: 'chat.sent', clientId, text });
      const answer = await page.evaluate(
        ([text, clientId]) =>
          (window as unknown as Handle).waterbus.call.chat.send(text, { clientId }).then(
            (message) => ({ message }),
            (error: { code?: string }) => ({ code: error.code ?? String(error) }),
          ),
        [text, clientId] as const,
      );
      history.write(
        'message' in answer
          ? { client, type: 'chat.acknowledged', clientId, message: answer.message }
          : { client, type: 'chat.refused', clientId, code: answer.code },
      );
    },
    conclude: async () => {
      const { messages, participants } = await page.evaluate(async () => {
        const { call } = (window as unknown as Handle).waterbus;
        const messages: Message[] = [];
        for (let more = true; more; ) {
          const read = await call.chat.list({ after: messages.at(-1)?.seq ?? 0, limit: 100 });
          messages.push(...read.items);
          more = read.more;
        }
        const participants = call.participants.map(({ id, connection, publications }) => ({
          id,
          connection,
          sources: publications.map(({ source }) => source),
        }));
        return { messages, participants };
      });
      history.write({ client, type: 'chat.backlog', messages });
      history.write({ client, type: 'view', participants });
      return messages;
    },
  };
}

/** Records of the page itself. */
type Noted =
  | { type: 'connection'; state: string }
  | { type: 'joined'; participantId: string }
  | { type: 'left'; participantId: string; reason: LeaveReason }
  | { type: 'chat.seen'; message: Message };

/** The page's debugging view of its call, and the installed probe. */
interface Handle {
  probe(): Promise<Probe>;
  writeDown(entry: Noted): void;
  waterbus: {
    call: {
      connection: string;
      local: { id: string };
      participants: { id: string; connection: string; publications: { source: string }[] }[];
      on(event: string, listener: (...of: unknown[]) => void): void;
      stats(): Promise<{ direction: string; mediaNodeId: string }[]>;
      chat: {
        send(text: string, options: { clientId: string }): Promise<Message>;
        list(options: { after: number; limit: number }): Promise<{ items: Message[]; more: boolean }>;
      };
    };
  };
}
