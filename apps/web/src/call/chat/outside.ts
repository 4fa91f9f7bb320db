import type { CallEvents, ManagedMeeting, Role } from '@waterbus/client';
import type { ChatCall, PrivateCall } from '@waterbus/react';

/**
 * A meeting outside of its call, with the chat's interface to a call. No events arrive here: while
 * the page is visible, it counts as connected again every few seconds, and the newest messages are
 * read with their edits and reactions.
 */
export function chatOutside(
  meeting: Pick<ManagedMeeting, 'code' | 'chat' | 'privateChat' | 'read'>,
  me: { role: Role; userId: string },
  page: Page = browserPage,
): ChatCall & PrivateCall {
  return {
    code: meeting.code,
    chat: meeting.chat,
    privateChat: meeting.privateChat,
    local: { id: undefined, role: me.role },
    userId: me.userId,
    meeting: () => meeting.read(),
    on: <K extends keyof CallEvents>(event: K, listener: CallEvents[K]) => {
      if (event !== 'connection') return () => {};
      return page.whileVisible(() => (listener as CallEvents['connection'])('connected'), INTERVAL);
    },
  };
}

/** The used part of the browser. */
export interface Page {
  /** Calls when the page becomes visible, and then after each interval in milliseconds. */
  whileVisible(act: () => void, interval: number): () => void;
}

const browserPage: Page = {
  whileVisible: (act, interval) => {
    const look = () => {
      if (document.visibilityState === 'visible') act();
    };
    const timer = setInterval(look, interval);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  },
};

/** Milliseconds: a page reads six times a minute; an address may read 1,200 times. */
const INTERVAL = 10_000;
