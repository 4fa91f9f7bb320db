import type { Call } from '@waterbus/client';
import { useEffect, useState } from 'react';
import { useStore } from '../call/use-store.js';
import { Conversation } from './conversation.js';
import type { ChatCall, ConversationOptions, ConversationState } from './conversation-state.js';

/**
 * The chat of a call, followed as long as the component is shown. It does not render again for
 * changes: `useConversationState` does where the state is shown.
 *
 * @param call The same as long as the component is shown; `key` of another call begins afresh.
 */
export function useConversation(call: ChatCall, options?: ConversationOptions): Conversation {
  const [conversation] = useState(() => new Conversation(call, options));
  useEffect(() => conversation.open(), [conversation]);
  return conversation;
}

/** The messages of a conversation, those on their way, and the number of unread ones. */
export function useConversationState(conversation: Conversation): ConversationState {
  return useStore(conversation);
}

/**
 * The chat of a call in one component: its state, and `conversation` to write, edit, delete, react,
 * load older messages and mark them as read.
 */
export function useChat(call: Call): ConversationState & { conversation: Conversation } {
  const conversation = useConversation(call);
  return { ...useConversationState(conversation), conversation };
}
