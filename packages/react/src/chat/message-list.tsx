import { type CSSProperties, Fragment, type ReactNode, type RefObject, useEffect, useRef, useState } from 'react';
import type { Conversation } from './conversation.js';
import { type ListedMessage, listedMessages } from './listed-messages.js';
import { useConversationState } from './use-chat.js';
import { NEAR, useScrolling } from './use-scrolling.js';

/** A message that is not known to be stored, to all or to one person. */
export interface UnsentMessage {
  readonly text: string;
  /** The name of the only receiver; undefined: to all. */
  readonly to: string | undefined;
  /** Why sending failed; undefined while it is on its way. */
  readonly failure: unknown;
  readonly retry: () => void;
  readonly giveUp: () => void;
}

/**
 * The messages of a chat, the newest below, with private ones between them. Stays at the end while
 * the user is there, keeps the place while older ones are loaded, which begins at the top, and marks
 * seen ones as read.
 *
 * @param props.label The accessible name.
 * @param props.draw One message, as `li` (`MessageItem`). `show` brings another one into view, and
 *   resolves with false when this user may not read it.
 * @param props.drawUnsent A message of this user that is not stored yet, as `li`.
 * @param props.children Above the messages: what is being loaded, or has failed.
 * @param props.drawNew A button to the end, while unread messages are below the shown ones.
 */
export function MessageList(props: {
  conversation: Conversation;
  label: string;
  draw: (listed: ListedMessage, show: (seq: number) => Promise<boolean>) => ReactNode;
  drawUnsent: (unsent: UnsentMessage) => ReactNode;
  drawNew: (unreadCount: number, follow: () => void) => ReactNode;
  children?: ReactNode;
  /** Of the element that scrolls; omitted: it fills its parent. */
  className?: string;
}) {
  const { conversation, label, className } = props;
  const { messages, hasOlder, loading, unread, unreadCount } = useConversationState(conversation);
  const first = messages[0];
  // The beginning of the new ones when the list was opened.
  const [unreadSince] = useState(() => unread[0]?.seq);
  const privates = conversation.private?.state.messages ?? [];
  const rows = listedMessages({ messages, privates, hasOlder, unreadSince, isOwn: conversation.isOwn });
  const unsent = unsentOf(conversation);
  const list = useRef<HTMLElement>(null);
  const { atEnd, follow } = useScrolling(list, {
    ...{ firstSeq: first?.seq ?? 0, count: rows.length, outgoingCount: unsent.length },
  });
  const onTop = () => {
    if (loading === undefined && hasOlder && list.current && list.current.scrollTop < NEAR) {
      void conversation.loadOlder();
    }
  };
  useMarkRead(conversation, atEnd, unreadCount, messages.at(-1)?.seq ?? 0);
  useOlderPrivates(conversation, hasOlder ? first?.createdAt : undefined);
  // A page may be shorter than the list, which then never scrolls.
  // biome-ignore lint/correctness/useExhaustiveDependencies: checked again with each page
  useEffect(onTop, [first?.seq, loading]);
  const show = async (seq: number) => {
    const isThere = await conversation.reach(seq);
    if (isThere) showMessage(list, seq);
    return isThere;
  };
  return (
    <>
      <section
        ref={list}
        className={className}
        style={className === undefined ? BOX : undefined}
        onScroll={onTop}
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users must be able to scroll it
        tabIndex={0}
      >
        {props.children}
        <ol data-waterbus="messages">
          {rows.map((row) => (
            <Fragment key={row.isPrivate ? row.message.id : row.message.seq}>{props.draw(row, show)}</Fragment>
          ))}
          {unsent.map(({ key, ...one }) => (
            <Fragment key={key}>{props.drawUnsent(one)}</Fragment>
          ))}
        </ol>
      </section>
      {!atEnd && unreadCount > 0 && props.drawNew(unreadCount, follow)}
    </>
  );
}

/** The messages of this user that are not stored yet, private ones last. */
function unsentOf(conversation: Conversation): (UnsentMessage & { key: string })[] {
  const { private: privates } = conversation;
  const of = (store: Pick<Conversation, 'retry' | 'giveUp'>, clientId: string) => ({
    key: clientId,
    retry: () => void store.retry(clientId),
    giveUp: () => store.giveUp(clientId),
  });
  return [
    ...conversation.state.outgoing.map(({ clientId, text, failure }) => {
      return { text, failure, to: undefined, ...of(conversation, clientId) };
    }),
    ...(privates?.state.outgoing ?? []).map(({ clientId, text, toName, failure }) => {
      return { text, failure, to: toName, ...of(privates!, clientId) };
    }),
  ];
}

/** Brings a message into view, and focuses it. */
function showMessage(list: RefObject<HTMLElement | null>, seq: number): void {
  // Once React has drawn the messages that were loaded for it.
  requestAnimationFrame(() => {
    const row = list.current?.querySelector<HTMLElement>(`[data-seq="${seq}"]`);
    row?.scrollIntoView({ block: 'center' });
    row?.focus({ preventScroll: true });
  });
}

/** Messages in view count as seen while the page is visible. */
function useMarkRead(conversation: Conversation, atEnd: boolean, unreadCount: number, lastSeq: number): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: again for each message
  useEffect(() => {
    const mark = () => {
      if (atEnd && document.visibilityState === 'visible') conversation.markRead();
    };
    mark();
    document.addEventListener('visibilitychange', mark);
    return () => document.removeEventListener('visibilitychange', mark);
  }, [conversation, atEnd, unreadCount, lastSeq]);
}

/** Private messages reach as far back as the shown ones. `since`: undefined when all are shown. */
function useOlderPrivates(conversation: Conversation, since: string | undefined): void {
  const store = conversation.private;
  const hasOlder = store?.state.hasOlder ?? false;
  const oldest = store?.state.messages[0]?.createdAt;
  useEffect(() => {
    if (hasOlder && (since === undefined || oldest === undefined || oldest > since)) void store?.loadOlder();
  }, [store, hasOlder, oldest, since]);
}

const BOX: CSSProperties = { height: '100%', overflowY: 'auto' };
