import type { Call } from '@waterbus/client';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { remembered } from '../../storage/remembered.js';
import { Conversation, type ConversationState } from './conversation.js';

/** The call's chat, followed as long as the call is shown. */
export function useConversation(call: Call, userId: string | undefined): Conversation {
  const [conversation] = useState(() => new Conversation(call, remembered, userId));
  useEffect(() => conversation.open(), [conversation]);
  return conversation;
}

export function useConversationState(conversation: Conversation): ConversationState {
  return useSyncExternalStore(conversation.subscribe, () => conversation.state);
}
