import type { MeetingEvent } from '@waterbus/client';
import { type Conversation, type PrivateCall, PrivateMessages } from '@waterbus/react';

/**
 * Adds the private messages to the chat. What is known stays when the returned function ends it.
 * `earlier`: events that arrived while this code was loading.
 */
export function followPrivate(
  conversation: Conversation,
  call: PrivateCall,
  earlier: readonly MeetingEvent[],
): () => void {
  const store = new PrivateMessages(call);
  const stops = [conversation.addPrivate(store), store.open(earlier)];
  return () => {
    for (const stop of stops) stop();
  };
}
