import { t } from '@lingui/core/macro';
import type { Call } from '@waterbus/client';
import { SidePanel } from '../../parts/side-panel.js';
import type { PollsOfCall } from './use-polls.js';

/** The polls of a call, whose code is loaded at the latest when the panel is opened first. */
export function Polls(props: { call: Call; userId: string | undefined; polls: PollsOfCall; onClose: () => void }) {
  const { call, userId, polls, onClose } = props;
  const { followed, mayCreate, failed, load } = polls;
  return (
    <SidePanel title={t`Polls`} loaded={followed !== undefined} onClose={onClose}>
      {followed ? (
        <followed.Content list={followed.list} call={call} userId={userId} mayCreate={mayCreate} />
      ) : failed ? (
        <div className="chat-trouble">
          <p role="alert">{t`The polls could not be loaded.`}</p>
          <button type="button" className="small-button" onClick={load}>
            {t`Try again`}
          </button>
        </div>
      ) : (
        <p className="chat-note">{t`Loading polls…`}</p>
      )}
    </SidePanel>
  );
}
