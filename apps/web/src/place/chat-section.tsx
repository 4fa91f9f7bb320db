import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { dateAndTime } from '../meeting/times.js';
import { Failure } from '../parts/failure.js';
import { usePlace } from './use-place.js';

/** The messages of the meeting, to read, the newest first. */
export function ChatSection() {
  const { managed, meeting, key } = usePlace();
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: [...key, 'messages'],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam }) => managed.chat.list(pageParam === undefined ? {} : { before: pageParam }),
    getNextPageParam: ({ items, more }) => (more ? items.at(-1)?.seq : undefined),
  });
  const lastSeq = data?.pages[0]?.lastSeq;
  const unread = meeting.membership?.unread ?? 0;
  useEffect(() => {
    if (lastSeq && unread > 0) managed.chat.markRead(lastSeq).catch(() => {});
  }, [managed, lastSeq, unread]);
  const messages = data?.pages.flatMap(({ items }) => items.filter(({ deletedAt }) => deletedAt === null));
  return (
    <section className="card" aria-labelledby="chat-heading">
      <h2 id="chat-heading">Messages</h2>
      <Failure of={error ?? undefined} />
      {messages?.length === 0 && <p className="place-text">Nobody has written yet.</p>}
      {messages && messages.length > 0 && (
        <ul className="list">
          {messages.map(({ id, author, text, createdAt }) => (
            <li key={id} className="place-message">
              <strong>{author.name}</strong> <time dateTime={createdAt}>{dateAndTime(createdAt)}</time>
              <p>{text}</p>
            </li>
          ))}
        </ul>
      )}
      {hasNextPage && (
        <button
          type="button"
          className="button small"
          aria-disabled={isFetchingNextPage}
          onClick={() => void fetchNextPage()}
        >
          {isFetchingNextPage ? 'Loading…' : 'Earlier messages'}
        </button>
      )}
    </section>
  );
}
