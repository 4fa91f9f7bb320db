import { plural, t } from '@lingui/core/macro';
import type { Message } from '@waterbus/client';
import { type Conversation, type ConversationState, interleaved } from '@waterbus/react';
import { ArrowDown } from 'lucide-react';
import { Fragment, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { formats } from '../../language/language.js';
import { toast } from '../../parts/toasts.js';
import { MessageRow } from './message-row.js';
import { OutgoingRow } from './outgoing-row.js';
import { PrivateRow } from './private-row.js';

/**
 * The messages, the newest below. Stays at the end while the user is there, and keeps the place
 * while older ones are loaded.
 */
export function MessageList(props: {
  conversation: Conversation;
  state: ConversationState;
  mayWrite: boolean;
  mayWritePrivately: boolean;
  mayDeleteAll: boolean;
  onReply: (message: Message) => void;
  emptyText: string;
}) {
  const { conversation, state, mayWrite, mayWritePrivately, mayDeleteAll, onReply, emptyText } = props;
  const { messages, hasOlder, outgoing, loading, unread, unreadCount } = state;
  const first = messages[0];
  const privates = conversation.private;
  const rows = interleaved(messages, privates?.state.messages ?? [], hasOlder);
  const outgoingCount = outgoing.length + (privates?.state.outgoing.length ?? 0);
  // The beginning of the new ones when the panel was opened.
  const [markedSeq] = useState(() => unread[0]?.seq);
  const list = useRef<HTMLDivElement>(null);
  const { atEnd, follow } = useScrolling(list, first?.seq ?? 0, rows.length, outgoingCount);
  const onTop = () => {
    if (loading === undefined && hasOlder && list.current && list.current.scrollTop < NEAR) {
      void conversation.loadOlder();
    }
  };
  useMarkRead(conversation, atEnd, unreadCount, messages.at(-1)?.seq ?? 0);
  useOlderPrivates(conversation, hasOlder ? first?.createdAt : undefined);
  // A page may be shorter than the panel, which then never scrolls.
  // biome-ignore lint/correctness/useExhaustiveDependencies: checked again with each page
  useEffect(onTop, [first?.seq, loading]);

  const bySeq = useMemo(() => new Map(messages.map((message) => [message.seq, message])), [messages]);
  const jump = async (seq: number) => {
    if (await conversation.reach(seq)) showMessage(list.current, seq);
    else toast(t`That message is not available to you.`);
  };

  const empty = rows.length + outgoingCount === 0;
  return (
    <div className="chat-log">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: keyboard users must be able to scroll it */}
      <section className="chat-scroll" ref={list} onScroll={onTop} aria-label={t`Messages`} tabIndex={0}>
        {loading === 'failed' && (
          <div className="chat-trouble">
            <p role="alert">{t`Messages could not be loaded.`}</p>
            <button type="button" className="small-button" onClick={() => void conversation.read()}>
              {t`Try again`}
            </button>
          </div>
        )}
        {loading === 'older' && <p className="chat-note">{t`Loading older messages…`}</p>}
        {empty && loading === 'loading' && <p className="chat-note">{t`Loading messages…`}</p>}
        {empty && loading === undefined && <p className="chat-note">{emptyText}</p>}
        <ol className="messages">
          {rows.map(({ own, message }, index) => {
            const before = rows[index - 1];
            const newDay = !before || dayOf(before.message) !== dayOf(message);
            const day = newDay && !(index === 0 && isToday(message)) && <li className="chat-day">{dayOf(message)}</li>;
            if (own !== undefined) {
              return (
                <Fragment key={message.id}>
                  {day}
                  <PrivateRow conversation={conversation} message={message} mayWrite={mayWritePrivately} />
                </Fragment>
              );
            }
            const marked = message.seq === markedSeq;
            return (
              <Fragment key={message.seq}>
                {day}
                {marked && <li className="chat-new">{t`New messages`}</li>}
                <MessageRow
                  conversation={conversation}
                  message={message}
                  answered={message.replyTo ? bySeq.get(message.replyTo) : undefined}
                  own={conversation.isOwn(message)}
                  follows={!newDay && !marked && before?.own === undefined && follows(before?.message, message)}
                  mayWrite={mayWrite}
                  mayDeleteAll={mayDeleteAll}
                  onReply={() => onReply(message)}
                  onJump={(seq) => void jump(seq)}
                />
              </Fragment>
            );
          })}
          <OutgoingRows conversation={conversation} state={state} />
        </ol>
      </section>
      {!atEnd && unreadCount > 0 && (
        <button type="button" className="chat-jump" onClick={follow}>
          <ArrowDown size={16} />
          {plural({ count: unreadCount }, { one: '# new message', other: '# new messages' })}
        </button>
      )}
    </div>
  );
}

/** The messages of this user that are not stored yet, private ones last. */
function OutgoingRows({ conversation, state }: { conversation: Conversation; state: ConversationState }) {
  const privates = conversation.private;
  return (
    <>
      {state.outgoing.map((outgoing) => (
        <OutgoingRow
          key={outgoing.clientId}
          outgoing={outgoing}
          onRetry={() => void conversation.retry(outgoing.clientId)}
          onGiveUp={() => conversation.giveUp(outgoing.clientId)}
        />
      ))}
      {privates?.state.outgoing.map(({ clientId, text, toName, failure }) => (
        <OutgoingRow
          key={clientId}
          outgoing={{ text, failure }}
          to={toName}
          onRetry={() => void privates.retry(clientId)}
          onGiveUp={() => privates.giveUp(clientId)}
        />
      ))}
    </>
  );
}

function useScrolling(
  list: React.RefObject<HTMLDivElement | null>,
  firstSeq: number,
  count: number,
  outgoingCount: number,
) {
  const [atEnd, setAtEnd] = useState(true);
  const kept = useRef({ atEnd: true, firstSeq: 0, height: 0, written: 0 });
  useEffect(() => {
    const element = list.current!;
    const look = () => {
      const end = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
      kept.current.atEnd = end;
      setAtEnd(end);
    };
    element.addEventListener('scroll', look, { passive: true });
    // The keyboard of a phone, or another width: the end stays in view.
    const resized = new ResizeObserver(() => {
      if (kept.current.atEnd) element.scrollTop = element.scrollHeight;
    });
    resized.observe(element);
    return () => {
      element.removeEventListener('scroll', look);
      resized.disconnect();
    };
  }, [list]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: again for each message
  useLayoutEffect(() => {
    const element = list.current!;
    const before = kept.current;
    const wroteMore = outgoingCount > before.written;
    if (before.atEnd || wroteMore) element.scrollTop = element.scrollHeight;
    else if (firstSeq < before.firstSeq) element.scrollTop += element.scrollHeight - before.height;
    kept.current = {
      atEnd: before.atEnd || wroteMore,
      firstSeq,
      height: element.scrollHeight,
      written: outgoingCount,
    };
  }, [list, firstSeq, count, outgoingCount]);
  const follow = () => list.current?.scrollTo({ top: list.current.scrollHeight });
  return { atEnd, follow };
}

/** Brings a message into view, and focuses it. */
function showMessage(list: HTMLElement | null, seq: number): void {
  // Once React has drawn the messages that were loaded for it.
  requestAnimationFrame(() => {
    const row = list?.querySelector<HTMLElement>(`[data-seq="${seq}"]`);
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

/** Written by the same author soon afterwards: the name need not be repeated. */
function follows(before: Message | undefined, message: Message): boolean {
  if (!before) return false;
  const [one, other] = [before.author, message.author];
  return (
    one.userId === other.userId &&
    one.participantId === other.participantId &&
    one.name === other.name &&
    Date.parse(message.createdAt) - Date.parse(before.createdAt) < SOON
  );
}

function dayOf({ createdAt }: Pick<Message, 'createdAt'>): string {
  return new Date(createdAt).toLocaleDateString(formats(), { dateStyle: 'medium' });
}

function isToday({ createdAt }: Pick<Message, 'createdAt'>): boolean {
  return new Date(createdAt).toDateString() === new Date().toDateString();
}

/** Pixels from an end that count as the end. */
const NEAR = 48;

/** Milliseconds between messages that belong together. */
const SOON = 120_000;
