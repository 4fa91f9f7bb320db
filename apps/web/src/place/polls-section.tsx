import { t } from '@lingui/core/macro';
import { useQuery } from '@tanstack/react-query';
import type { Poll } from '@waterbus/client';
import { Download } from 'lucide-react';
import { useSubmission } from '../account/use-submission.js';
import { PollResults } from '../call/polls/poll-results.js';
import { dateAndTime } from '../meeting/times.js';
import { Failure } from '../parts/failure.js';
import { saveFile } from './save-file.js';
import { usePlace } from './use-place.js';
import { ownZone } from './zoned-time.js';
import '../styles/polls.css';

/** The polls of the meeting's calls, with their results. */
export function PollsSection() {
  const { managed, meeting, moderates, key } = usePlace();
  const { data: polls, error } = useQuery({ queryKey: [...key, 'polls'], queryFn: () => managed.polls.list() });
  const download = useSubmission(async () => {
    saveFile(`${meeting.code}-polls.csv`, await managed.pollsFile({ timeZone: ownZone() }), 'text/csv');
  });
  return (
    <section className="card" aria-labelledby="polls-heading">
      <h2 id="polls-heading">{t`Polls`}</h2>
      <Failure of={error ?? download.failure} />
      {polls?.length === 0 && <p className="place-text">{t`There was no poll yet. Polls are started in the call.`}</p>}
      {polls?.map((poll) => (
        <PlacePoll key={poll.id} poll={poll} />
      ))}
      {moderates && polls && polls.length > 0 && (
        <button
          type="button"
          className="button small"
          aria-disabled={download.busy}
          onClick={() => void download.run()}
        >
          <Download size={18} />
          {t`Download as CSV`}
        </button>
      )}
    </section>
  );
}

function PlacePoll({ poll }: { poll: Poll }) {
  const { createdAt, closedAt, anonymous } = poll;
  return (
    <article className="poll">
      <h3>{poll.question}</h3>
      <p className="poll-about">
        {[dateAndTime(createdAt), closedAt ? t`closed` : t`open`, ...(anonymous ? [t`anonymous`] : [])].join(' · ')}
      </p>
      {poll.results ? (
        <PollResults poll={poll} />
      ) : (
        <p className="poll-about">{t`Results are shown when the poll closes.`}</p>
      )}
    </article>
  );
}
