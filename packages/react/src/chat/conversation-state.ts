import type { Call, Message, Role } from '@waterbus/client';
import type { Outgoing } from './chat-log.js';
import type { Mentionable } from './mentions.js';

/** The chat of a meeting, as far as it is known. */
export interface ConversationState {
  /** To all, in the order of `seq`, each once. Deleted ones stay: they keep their number. */
  readonly messages: readonly Message[];
  /** The server has older ones. */
  readonly hasOlder: boolean;
  /** Messages of this user that are not known to be stored, in the order of writing. */
  readonly outgoing: readonly Outgoing[];
  /** `loading`: nothing is known yet. `failed`: the shown messages may be incomplete. */
  readonly loading: 'loading' | 'older' | 'failed' | undefined;
  /** Unseen messages of others, to all. */
  readonly unread: readonly Message[];
  /** With private ones. */
  readonly unreadCount: number;
  /** The receiver of the message that is being written; undefined: all. */
  readonly to: Mentionable | undefined;
  /** The message that is being answered. */
  readonly answered: Message | undefined;
}

/** A new message of another person. */
export type Arrival = Message & { isPrivate?: boolean };

/** What a conversation is given besides its call. */
export interface ConversationOptions {
  /** Keeps the draft over a reload; omitted: as long as the conversation lasts. */
  drafts?: DraftMemory;
  /** Of the signed-in user; omitted: it is known from the first own message on. */
  userId?: string | undefined;
}

/** The chat's interface to a call. */
export type ChatCall = Pick<Call, 'chat' | 'code' | 'meeting' | 'on'> & {
  /** `id`: undefined outside of the call. */
  readonly local: { readonly id: string | undefined; readonly role: Role };
  /** Of the signed-in user, if it is known. */
  readonly userId?: string;
};

/** Stores the unsent draft of a message by the meeting's code; an empty one is none. */
export interface DraftMemory {
  draft(code: string): string;
  rememberDraft(code: string, text: string): void;
}

/** A draft that lasts as long as the conversation. */
export function newDrafts(): DraftMemory {
  let kept = '';
  return {
    draft: () => kept,
    rememberDraft: (_code, text) => {
      kept = text;
    },
  };
}
