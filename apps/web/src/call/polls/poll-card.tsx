import { t } from '@lingui/core/macro';
import type { Call, Poll } from '@waterbus/client';
import type { PollList } from '@waterbus/react';
import { type FormEvent, useEffect, useId, useState } from 'react';
import { messageOf } from '../../messages.js';
import { ConfirmDialog } from '../panels/confirm-dialog.js';
import { PollResults } from './poll-results.js';
import { aboutOf, votersText } from './poll-texts.js';

/** A poll: the form while it is open, the results as soon as they are shown. */
export function PollCard(props: {
  poll: Poll;
  list: PollList;
  call: Call;
  userId: string | undefined;
  onSaid: (text: string) => void;
}) {
  const { poll, list, call, userId, onSaid } = props;
  const id = useId();
  const [failure, setFailure] = useState<string>();
  const [deleting, setDeleting] = useState(false);
  const { author } = poll;
  const isOwn = author?.participantId === call.local.id || (userId !== undefined && author?.userId === userId);
  const manages = call.grants.moderate || isOwn;
  const act = (work: Promise<void>, said: string) => {
    setFailure(undefined);
    work.then(
      () => onSaid(said),
      (error) => setFailure(messageOf(error)),
    );
  };
  return (
    <article className="poll" aria-labelledby={`${id}-question`}>
      <h3 id={`${id}-question`}>{poll.question}</h3>
      <p className="poll-about">{aboutOf(poll)}</p>
      {failure && (
        <p className="form-error" role="alert">
          {failure}
        </p>
      )}
      {!poll.closedAt && (
        <Ballot
          poll={poll}
          labelledBy={`${id}-question`}
          onVote={(chosen) =>
            act(list.vote(poll.id, chosen), chosen.length ? t`Your vote was counted.` : t`Your vote was withdrawn.`)
          }
        />
      )}
      {poll.results ? <PollResults poll={poll} /> : <p className="poll-about">{votersText(poll.voters)}</p>}
      {manages && (
        <div className="small-buttons">
          {!poll.closedAt && (
            <button
              type="button"
              className="small-button"
              onClick={() => act(list.close(poll.id), t`The poll is closed.`)}
            >
              {t`End poll`}
            </button>
          )}
          <button type="button" className="small-button" onClick={() => setDeleting(true)}>
            {t`Delete`}
          </button>
        </div>
      )}
      {deleting && (
        <ConfirmDialog
          title={t`Delete this poll?`}
          confirm={t`Delete`}
          onConfirm={() => act(list.delete(poll.id), t`The poll was deleted.`)}
          onClose={() => setDeleting(false)}
        >
          {t`All votes are deleted too.`}
        </ConfirmDialog>
      )}
    </article>
  );
}

/** A native form: arrow keys move between radio buttons, the space bar checks boxes. */
function Ballot(props: { poll: Poll; labelledBy: string; onVote: (chosen: number[]) => void }) {
  const { poll, labelledBy, onVote } = props;
  const voted = poll.ownVote ?? [];
  const [chosen, setChosen] = useState<readonly number[]>(voted);
  const name = useId();
  const ofServer = voted.join();
  // Another device of the user may have voted.
  useEffect(() => setChosen(ofServer === '' ? [] : ofServer.split(',').map(Number)), [ofServer]);
  const toggle = (choice: number, on: boolean) => {
    if (!poll.multiple) setChosen([choice]);
    else setChosen((before) => [...before.filter((one) => one !== choice), ...(on ? [choice] : [])]);
  };
  const isSame = [...chosen].sort((one, other) => one - other).join() === ofServer;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isSame) return;
    onVote([...chosen].sort((one, other) => one - other));
  };
  return (
    <form className="poll-ballot" onSubmit={submit}>
      <fieldset aria-labelledby={labelledBy}>
        {poll.choices.map((text, choice) => (
          <label key={text}>
            <input
              type={poll.multiple ? 'checkbox' : 'radio'}
              name={name}
              checked={chosen.includes(choice)}
              onChange={(event) => toggle(choice, event.target.checked)}
            />
            <span>{text}</span>
          </label>
        ))}
      </fieldset>
      <div className="small-buttons">
        <button type="submit" className="small-button primary" aria-disabled={isSame}>
          {voted.length > 0 ? t`Change vote` : t`Vote`}
        </button>
        {voted.length > 0 && (
          <button type="button" className="small-button" onClick={() => onVote([])}>
            {t`Withdraw vote`}
          </button>
        )}
      </div>
    </form>
  );
}
