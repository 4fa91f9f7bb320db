import { type Conversation, type PrivateCall, PrivateMessages } from '@waterbus/react';

/** Adds the private messages to the chat. What is known stays when the returned function ends it. */
export function followPrivate(conversation: Conversation, call: PrivateCall): () => void {
  const store = new PrivateMessages(call);
  const stops = [conversation.addPrivate(store), store.open()];
  return () => {
    for (const stop of stops) stop();
  };
}
