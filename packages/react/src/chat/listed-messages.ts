import type { Message, OwnPrivateMessage } from '@waterbus/client';

/** A row of the list: a message to all, or a private one, and how it stands to those before it. */
export type ListedMessage = (
  | {
      readonly isPrivate: false;
      readonly message: Message;
      /** The message that this one answers, if it is known. */
      readonly answered: Message | undefined;
    }
  | { readonly isPrivate: true; readonly message: OwnPrivateMessage }
) & {
  /** Written by this user. */
  readonly own: boolean;
  /** The first one of its day. Not the first message of all, if it is of today. */
  readonly newDay: boolean;
  /** The first one that was unread when the list was opened. */
  readonly firstUnread: boolean;
  /** By the author of the one before, soon after it: the name need not be repeated. */
  readonly follows: boolean;
};

/** What is known of a chat. */
export interface KnownMessages {
  readonly messages: readonly Message[];
  readonly privates: readonly OwnPrivateMessage[];
  readonly hasOlder: boolean;
  /** The `seq` of the first unread message when the list was opened. */
  readonly unreadSince: number | undefined;
  readonly isOwn: (message: Message) => boolean;
}

/**
 * Messages to all in their order, and private ones between them by their time. Without private ones
 * from before the oldest known message while the server has older ones: they belong further up.
 */
export function listedMessages(known: KnownMessages, today = new Date()): ListedMessage[] {
  const bySeq = new Map(known.messages.map((message) => [message.seq, message]));
  const rows = interleaved(known);
  return rows.map((message, index): ListedMessage => {
    const before = rows[index - 1];
    const newDay = dayOf(message.createdAt) !== (before ? dayOf(before.createdAt) : dayOf(today));
    if ('own' in message)
      return { isPrivate: true, message, own: message.own, newDay, firstUnread: false, follows: false };
    const firstUnread = message.seq === known.unreadSince;
    return {
      ...{ isPrivate: false, message, own: known.isOwn(message), newDay, firstUnread },
      answered: message.replyTo ? bySeq.get(message.replyTo) : undefined,
      follows: !newDay && !firstUnread && before !== undefined && !('own' in before) && follows(before, message),
    };
  });
}

function interleaved({ messages, privates, hasOlder }: KnownMessages): (Message | OwnPrivateMessage)[] {
  const first = messages[0];
  const shown = hasOlder && first ? privates.filter(({ createdAt }) => createdAt >= first.createdAt) : privates;
  const rows: (Message | OwnPrivateMessage)[] = [];
  let next = 0;
  for (const message of messages) {
    for (; next < shown.length && shown[next]!.createdAt < message.createdAt; next++) rows.push(shown[next]!);
    rows.push(message);
  }
  for (; next < shown.length; next++) rows.push(shown[next]!);
  return rows;
}

function follows(before: Message, message: Message): boolean {
  const [one, other] = [before.author, message.author];
  return (
    one.userId === other.userId &&
    one.participantId === other.participantId &&
    one.name === other.name &&
    Date.parse(message.createdAt) - Date.parse(before.createdAt) < SOON
  );
}

function dayOf(time: string | Date): string {
  return new Date(time).toDateString();
}

/** Milliseconds between messages that belong together. */
const SOON = 120_000;
