import type { Message, OwnPrivateMessage } from '@waterbus/client';

/** A row of the list: a message to all, or a private one. */
export type ListedMessage = { message: Message; own?: undefined } | { message: OwnPrivateMessage; own: true | false };

/**
 * Messages to all in their order, and private ones between them by their time. Without private ones
 * from before the oldest known message while the server has older ones: they belong further up.
 */
export function interleaved(
  messages: readonly Message[],
  privates: readonly OwnPrivateMessage[],
  hasOlder: boolean,
): ListedMessage[] {
  const first = messages[0];
  const shown = hasOlder && first ? privates.filter(({ createdAt }) => createdAt >= first.createdAt) : privates;
  const rows: ListedMessage[] = [];
  let next = 0;
  for (const message of messages) {
    for (; next < shown.length && shown[next]!.createdAt < message.createdAt; next++) rows.push(rowOf(shown[next]!));
    rows.push({ message });
  }
  for (; next < shown.length; next++) rows.push(rowOf(shown[next]!));
  return rows;
}

function rowOf(message: OwnPrivateMessage): ListedMessage {
  return { message, own: message.own };
}
