import { t } from '@lingui/core/macro';
import type { Call } from '@waterbus/client';
import type { PollList } from '@waterbus/react';
import { Plus } from 'lucide-react';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { NewPoll } from './new-poll.js';
import { PollCard } from './poll-card.js';
import { noticeOf } from './poll-texts.js';

/** The polls of the meeting, the newest first, and a form for another one. */
export function PollsContent(props: {
  list: PollList;
  call: Call;
  /** Of the signed-in user. */
  userId: string | undefined;
  mayCreate: boolean;
}) {
  const { list, call, userId, mayCreate } = props;
  const { polls, loaded, failed } = useSyncExternalStore(list.subscribe, () => list.state);
  const [writing, setWriting] = useState(false);
  const [announcement, setAnnouncement] = useState('');
  const [acts, setActs] = useState(0);
  const opener = useRef<HTMLButtonElement>(null);
  const area = useRef<HTMLDivElement>(null);
  useEffect(() => list.onArrival((poll) => setAnnouncement(noticeOf(poll))), [list]);
  const stopWriting = (said: string) => {
    setWriting(false);
    setAnnouncement(said);
  };
  const announce = (said: string) => {
    setAnnouncement(said);
    setActs((count) => count + 1);
  };
  // Closed, withdrawn, deleted: the button that had the focus may be gone.
  useEffect(() => {
    if (acts > 0 && document.activeElement === document.body) area.current?.focus({ preventScroll: true });
  }, [acts]);
  // The form is gone, and the focus with it.
  const wrote = useRef(false);
  useEffect(() => {
    if (wrote.current && !writing) opener.current?.focus();
    wrote.current = writing;
  }, [writing]);
  return (
    <>
      <div ref={area} className="panel-scroll polls" tabIndex={-1}>
        {failed && (
          <p className="form-error" role="alert">
            {t`The polls could not be loaded.`}
            <button type="button" className="small-button" onClick={() => void list.read()}>
              {t`Try again`}
            </button>
          </p>
        )}
        {mayCreate && !writing && (
          <button ref={opener} type="button" className="button primary" onClick={() => setWriting(true)}>
            <Plus size={18} />
            {t`New poll`}
          </button>
        )}
        {writing && <NewPoll list={list} onDone={stopWriting} />}
        {loaded && polls.length === 0 && !writing && <p className="polls-none">{t`No polls yet.`}</p>}
        {polls.map((poll) => (
          <PollCard key={poll.id} poll={poll} list={list} call={call} userId={userId} onSaid={announce} />
        ))}
      </div>
      <p className="visually-hidden" role="status">
        {announcement}
      </p>
    </>
  );
}
