import type { CallModeration } from '@waterbus/client';
import { useCallback, useId } from 'react';
import { useList } from './use-list.js';

/** The people that are banned from the meeting; nothing while there are none. */
export function Bans({ call: { moderation } }: { call: { moderation: Pick<CallModeration, 'bans' | 'liftBan'> } }) {
  const { list, failure, act } = useList(useCallback(() => moderation.bans(), [moderation]));
  const id = useId();
  if (!list?.length && !failure) return null;
  return (
    <section className="setting-list" aria-labelledby={id}>
      <h3 id={id}>Banned</h3>
      <ul>
        {list?.map((ban) => (
          <li key={ban.id}>
            <span className="setting-list-text">
              <strong>{ban.name}</strong>
              <span className="field-hint">
                {ban.userId === null ? 'Guest, by network address' : 'Account'} ·{' '}
                {new Date(ban.createdAt).toLocaleDateString(undefined, { dateStyle: 'medium' })}
              </span>
            </span>
            <button
              type="button"
              className="small-button"
              aria-label={`Unban: ${ban.name}`}
              onClick={() => void act(() => moderation.liftBan(ban.id))}
            >
              Unban
            </button>
          </li>
        ))}
      </ul>
      {failure && (
        <p className="form-error" role="alert">
          {failure}
        </p>
      )}
    </section>
  );
}
