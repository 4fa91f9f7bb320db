import type { Message, MessageReactions } from '@waterbus/client';

/**
 * The known part of the chat, without any I/O. Every function answers a new log and does not change
 * the old one.
 */
export interface ChatLog {
  /** In the order of `seq`, each once. Deleted ones stay: they keep their number. */
  readonly messages: readonly Message[];
  /** The server has older ones. */
  readonly hasOlder: boolean;
  /** Messages of this user that are not known to be stored, in the order of writing. */
  readonly outgoing: readonly Outgoing[];
  /**
   * Each of these precedes missing messages that this user may not read: they are not requested
   * again.
   */
  readonly closedGaps: readonly number[];
  /** All messages up to this `seq` were seen. */
  readonly readSeq: number;
}

/** A message of this user that is not known to be stored. */
export interface Outgoing {
  /** The same for every attempt: the server then stores it once. */
  clientId: string;
  text: string;
  about: About;
  /** Why sending failed; undefined while it is on its way. */
  failure: unknown;
}

/** What a message refers to. */
export interface About {
  mentions?: ({ participantId: string } | { userId: string })[];
  /** `seq` of the answered message. */
  replyTo?: number | undefined;
  /** Ids of uploaded files. */
  files?: string[];
}

export const emptyLog: ChatLog = { messages: [], hasOlder: false, outgoing: [], closedGaps: [], readSeq: 0 };

/**
 * Merges messages from any source: events, lists or answers, in any order and any number of times.
 */
export function merge(log: ChatLog, incoming: readonly Message[]): ChatLog {
  const bySeq = new Map(log.messages.map((message) => [message.seq, message]));
  for (const message of incoming) {
    const known = bySeq.get(message.seq);
    bySeq.set(message.seq, known ? later(known, message) : message);
  }
  const stored = new Set(incoming.map(({ clientId }) => clientId));
  return {
    ...log,
    messages: [...bySeq.values()].sort((one, other) => one.seq - other.seq),
    outgoing: log.outgoing.filter(({ clientId }) => !stored.has(clientId)),
  };
}

/** Messages listed `before` the oldest known one, or the first list. */
export function mergeOlder(log: ChatLog, page: { items: readonly Message[]; more: boolean }): ChatLog {
  return { ...merge(log, page.items), hasOlder: page.more };
}

/** The `seq` after which messages are missing; undefined when there is no gap. */
export function gapAfter({ messages, closedGaps }: ChatLog): number | undefined {
  const index = messages.findIndex(
    ({ seq }, at) => at + 1 < messages.length && messages[at + 1]!.seq > seq + 1 && !closedGaps.includes(seq),
  );
  return index < 0 ? undefined : messages[index]!.seq;
}

/**
 * Messages listed `after` a gap's beginning. Requested messages that are missing in the answer are
 * not for this user.
 */
export function fillGap(log: ChatLog, after: number, items: readonly Message[]): ChatLog {
  const filled = merge(log, items);
  return items[0]?.seq === after + 1 ? filled : { ...filled, closedGaps: [...filled.closedGaps, after] };
}

export function addOutgoing(log: ChatLog, clientId: string, text: string, about: About = {}): ChatLog {
  return { ...log, outgoing: [...log.outgoing, { clientId, text, about, failure: undefined }] };
}

/** With a reason it has failed; without one it is being retried. */
export function markOutgoing(log: ChatLog, clientId: string, failure: unknown): ChatLog {
  const outgoing = log.outgoing.map((one) => (one.clientId === clientId ? { ...one, failure } : one));
  return { ...log, outgoing };
}

export function dropOutgoing(log: ChatLog, clientId: string): ChatLog {
  return { ...log, outgoing: log.outgoing.filter((one) => one.clientId !== clientId) };
}

/** The reactions to a message, unless newer ones are known. */
export function reacted(log: ChatLog, seq: number, reactions: MessageReactions): ChatLog {
  const messages = log.messages.map((message) => (message.seq === seq ? withReactions(message, reactions) : message));
  return { ...log, messages };
}

/** Never moves back. */
export function readUpTo(log: ChatLog, seq: number): ChatLog {
  return seq > log.readSeq ? { ...log, readSeq: seq } : log;
}

/** Unseen messages of others, without deleted ones. */
export function unreadOf({ messages, readSeq }: ChatLog, isOwn: (message: Message) => boolean): Message[] {
  return messages.filter((message) => message.seq > readSeq && !message.deletedAt && !isOwn(message));
}

export function lastSeqOf({ messages }: ChatLog): number {
  return messages.at(-1)?.seq ?? 0;
}

/** A list that was on its way while a message changed must not restore its old text or reactions. */
function later(known: Message, incoming: Message): Message {
  const message = laterText(known, incoming);
  const other = message === known ? incoming : known;
  return other.reactions ? withReactions(message, other.reactions) : message;
}

function withReactions(message: Message, reactions: MessageReactions): Message {
  return (message.reactions?.version ?? -1) >= reactions.version ? message : { ...message, reactions };
}

function laterText(known: Message, incoming: Message): Message {
  if (known.deletedAt) return known;
  if (incoming.deletedAt) return incoming;
  return (incoming.editedAt ?? '') >= (known.editedAt ?? '') ? incoming : known;
}
