import type { Call, PrivateReceiver } from '@waterbus/client';
import { useEffect, useMemo } from 'react';
import { useStore } from '../call/use-store.js';
import { PrivateMessages, type PrivateMessagesState } from './private-messages.js';

/**
 * The private messages that this participant wrote or received, also after an interruption. Offer it
 * where `settings.privateMessages` of the meeting permits them.
 */
export function usePrivateChat(call: Call): PrivateMessagesState & {
  /** Never rejects: a text whose sending failed stays among `outgoing`. `toName` is shown meanwhile. */
  send: (to: PrivateReceiver, toName: string, text: string) => Promise<void>;
  retry: (clientId: string) => Promise<void>;
  giveUp: (clientId: string) => void;
  /** Rejects with a `WaterbusError`. */
  remove: (messageId: string) => Promise<void>;
  /** All received messages were seen. */
  markRead: () => void;
} {
  const store = useMemo(() => new PrivateMessages(call), [call]);
  useEffect(() => store.open(), [store]);
  const state = useStore(store);
  return {
    ...state,
    send: (to, toName, text) => store.send(to, toName, text),
    retry: (clientId) => store.retry(clientId),
    giveUp: (clientId) => store.giveUp(clientId),
    remove: (messageId) => store.delete(messageId),
    markRead: () => store.markRead(),
  };
}
