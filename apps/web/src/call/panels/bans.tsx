import { t } from '@lingui/core/macro';
import type { CallModeration } from '@waterbus/client';
import { useCallback, useId } from 'react';
import { formats } from '../../language/language.js';
import { useList } from './use-list.js';

/** The people that are banned from the meeting; nothing while there are none. */
export function Bans({ call: { moderation } }: { call: { moderation: Pick<CallModeration, 'bans' | 'liftBan'> } }) {
  const { list, failure, act } = useList(useCallback(() => moderation.bans(), [moderation]));
  const id = useId();
  if (!list?.length && !failure) return null;
  return (
    <section className="setting-list" aria-labelledby={id}>
      <h3 id={id}>{t`Banned`}</h3>
      <ul>
        {list?.map((ban) => (
          <li key={ban.id}>
            <span className="setting-list-text">
              <strong>{ban.name}</strong>
              <span className="field-hint">
                {ban.userId === null ? t`Guest, by network address` : t`Account`} ·{' '}
                {new Date(ban.createdAt).toLocaleDateString(formats(), { dateStyle: 'medium' })}
              </span>
            </span>
            <button
              type="button"
              className="small-button"
              aria-label={t`Unban: ${{ name: ban.name }}`}
              onClick={() => void act(() => moderation.liftBan(ban.id))}
            >
              {t`Unban`}
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
