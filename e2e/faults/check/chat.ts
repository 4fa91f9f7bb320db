import type { Message } from '@waterbus/protocol';
import type { ClientEntry, Entry } from '../history.js';
import type { BrokenRule } from './broken-rule.js';

/**
 * R5: an acknowledged message is in the database, once and unchanged; a message refused for good is
 * not; a message shown to a client is; and a later request returns all of them, in order. A message
 * whose answer was lost may be stored or not.
 */
export function checkChat(entries: readonly Entry[]): BrokenRule[] {
  const broken: BrokenRule[] = [];
  const report = (what: string) => broken.push({ rule: 'R5', what });
  const finals = entries.filter((entry) => entry.type === 'final');
  const stored = new Stored(
    finals.flatMap(({ messages }) => messages),
    report,
  );
  for (const { messages } of finals) checkNumbers(messages, report);
  const sent = new Map<string, string>();
  const outcomes = new Map<string, 'acknowledged' | 'refused' | 'unknown'>();
  const rooms = roomsOf(entries);
  const messagesOf = (client: string) =>
    (finals.find(({ room }) => room?.roomId === rooms.get(client)) ?? finals[0])?.messages ?? [];

  for (const entry of entries) {
    if (!('client' in entry)) continue;
    switch (entry.type) {
      case 'chat.sent':
        sent.set(entry.clientId, entry.text);
        // Sent again after a refusal: its outcome is open again.
        if (outcomes.get(entry.clientId) !== 'acknowledged') outcomes.set(entry.clientId, 'unknown');
        break;
      case 'chat.acknowledged':
        outcomes.set(entry.clientId, 'acknowledged');
        if (entry.message.clientId !== entry.clientId) report(`${entry.client} was acknowledged another message`);
        stored.compare(entry.message, `${entry.client} was acknowledged`);
        break;
      case 'chat.refused':
        if (outcomes.get(entry.clientId) !== 'acknowledged')
          outcomes.set(entry.clientId, UNCERTAIN.has(entry.code) ? 'unknown' : 'refused');
        break;
      case 'chat.seen':
        stored.compare(entry.message, `${entry.client} was shown`);
        break;
      case 'chat.backlog':
        checkBacklog(entry, messagesOf(entry.client), sentBefore(entries, entry.client), report);
        break;
    }
  }
  for (const [clientId, outcome] of outcomes) {
    if (outcome === 'refused' && stored.has(clientId)) report(`message ${clientId} was refused and is in the database`);
  }
  for (const { clientId, text } of finals.flatMap(({ messages }) => messages)) {
    if (sent.get(clientId) !== text) report(`message ${clientId} in the database was not sent like that by anybody`);
  }
  return broken;
}

class Stored {
  readonly #byClientId = new Map<string, Message>();

  constructor(
    messages: Message[],
    private readonly report: (what: string) => void,
  ) {
    for (const message of messages) {
      if (this.#byClientId.has(message.clientId)) report(`message ${message.clientId} is in the database twice`);
      this.#byClientId.set(message.clientId, message);
    }
  }

  has(clientId: string): boolean {
    return this.#byClientId.has(clientId);
  }

  compare({ clientId, id, seq, text }: Message, how: string): void {
    const message = this.#byClientId.get(clientId);
    if (!message) this.report(`${how} message ${clientId}, which is not in the database`);
    else if (message.id !== id || message.seq !== seq || message.text !== text)
      this.report(
        `${how} message ${clientId} as ${seq} "${text}" (${id}), the database has it as ${message.seq} "${message.text}" (${message.id})`,
      );
  }
}

/** The numbers have no gap, because clients treat a gap as missed messages. */
function checkNumbers(messages: Message[], report: (what: string) => void): void {
  const numbers = messages.map(({ seq }) => seq).sort((a, b) => a - b);
  numbers.forEach((seq, index) => {
    if (seq !== index + 1) report(`the messages in the database are numbered ${numbers.join(', ')}`);
  });
}

/**
 * Checks a request after the last message. The server may withhold messages from before a guest's
 * join.
 */
function checkBacklog(
  { client, messages }: Extract<ClientEntry, { type: 'chat.backlog' }>,
  stored: Message[],
  before: Set<string>,
  report: (what: string) => void,
): void {
  const given = new Set(messages.map(({ id }) => id));
  const missed = stored.filter(({ id, clientId }) => !given.has(id) && !before.has(clientId));
  const foreign = messages.filter(({ id }) => !stored.some((message) => message.id === id));
  const numbers = messages.map(({ seq }) => seq);
  if (missed.length > 0)
    report(`${client} requested the missed messages and did not receive ${missed.map(({ seq }) => seq).join(', ')}`);
  if (foreign.length > 0) report(`${client} received messages that are not in the database`);
  if (numbers.some((seq, index) => index > 0 && seq !== (numbers[index - 1] ?? 0) + 1))
    report(`${client} received messages in this order: ${numbers.join(', ')}`);
}

/**
 * Messages sent before the last join of a client, by `clientId`. A client joins again after the
 * loss of its former participant.
 */
function sentBefore(entries: readonly Entry[], client: string): Set<string> {
  const came = entries.findLastIndex(
    (entry) => entry.type === 'snapshot' && entry.client === client && entry.of === 'join',
  );
  return new Set(entries.slice(0, came).flatMap((entry) => (entry.type === 'chat.sent' ? [entry.clientId] : [])));
}

function roomsOf(entries: readonly Entry[]): Map<string, string> {
  const rooms = new Map<string, string>();
  for (const entry of entries) if (entry.type === 'snapshot') rooms.set(entry.client, entry.room.roomId);
  return rooms;
}

/** Refusals that leave the outcome open: the answer of the server or of the database was lost. */
const UNCERTAIN = new Set(['network.unreachable', 'server.unavailable', 'server.internal']);
