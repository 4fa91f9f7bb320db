import { privateMessageResponseSchema, privateMessagesPageSchema } from '@waterbus/protocol';
import { v4 as uuid } from 'uuid';
import type { PrivateChat } from '../api/call.js';
import { understood } from '../rest/rest-request.js';
import { type RestOfCall, sendRepeatedly } from './rest-of-call.js';

export function privateChatOf({ ask }: RestOfCall): PrivateChat {
  const path = '/private-messages';
  return {
    send: async (to, text, { clientId = uuid() } = {}) => {
      const answer = await sendRepeatedly(ask, path, { to, text, clientId });
      return understood(privateMessageResponseSchema, answer).message;
    },
    list: async (cursor) =>
      understood(privateMessagesPageSchema, await ask(cursor ? `${path}?cursor=${encodeURIComponent(cursor)}` : path)),
    delete: async (id) => void (await ask(`${path}/${encodeURIComponent(id)}`, { method: 'DELETE' })),
    markRead: async (messageId) => void (await ask(`${path}/read`, { method: 'PUT', body: { messageId } })),
  };
}
