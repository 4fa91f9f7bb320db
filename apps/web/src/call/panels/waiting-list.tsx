import { t } from '@lingui/core/macro';
import type { Call } from '@waterbus/client';
import { messageOf } from '../../messages.js';
import { Avatar } from '../../parts/avatar.js';
import { toast } from '../../parts/toasts.js';
import type { Waiting } from './use-waiting.js';

/** The people in the waiting room. */
export function WaitingList({ call, waiting }: { call: Call; waiting: Waiting }) {
  if (waiting.list.length === 0) return null;
  const answer = (act: 'admit' | 'deny', { id, name }: { id: string; name: string }) =>
    call.moderation[act](id)
      .catch((error) => toast(`${name}: ${messageOf(error)}`))
      .finally(waiting.readAgain);
  return (
    <section className="waiting" aria-labelledby="waiting-heading">
      <h3 id="waiting-heading">{t`Waiting to be let in (${{ count: waiting.list.length }})`}</h3>
      <ul className="people">
        {waiting.list.map((one) => (
          <li key={one.id} className="person">
            <div className="person-row">
              <Avatar name={one.name} />
              <p className="person-who person-name">
                <span>{one.name}</span>
              </p>
              <button
                type="button"
                className="small-button primary"
                aria-label={t`Admit ${{ name: one.name }}`}
                onClick={() => void answer('admit', one)}
              >
                {t`Admit`}
              </button>
              <button
                type="button"
                className="small-button"
                aria-label={t`Deny ${{ name: one.name }}`}
                onClick={() => void answer('deny', one)}
              >
                {t`Deny`}
              </button>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
