import { t } from '@lingui/core/macro';
import type { User } from '@waterbus/client';
import { useEffect, useRef, useState } from 'react';
import { Failure } from '../parts/failure.js';
import { toast } from '../parts/toasts.js';
import { account } from '../sign-in/account.js';
import { PasswordField } from './account-fields.js';
import { useForm } from './use-submission.js';

/**
 * Deletes the account after a confirmation and the password. `leave`: called before the user is
 * signed out.
 */
export function DeleteSection({ user, leave }: { user: User; leave: () => void }) {
  const [confirming, setConfirming] = useState(false);
  const [password, setPassword] = useState('');
  const heading = useRef<HTMLHeadingElement>(null);
  const { busy, failure, submit } = useForm(async () => {
    leave();
    await account.deleteAccount(user.hasPassword ? { password } : {});
    toast(t`Your account is deleted`, { leadsOn: true });
  });
  // The pressed button does not exist any more.
  useEffect(() => {
    if (confirming) heading.current?.focus();
  }, [confirming]);

  return (
    <section className="card" aria-labelledby="delete-heading">
      <h2 id="delete-heading" ref={heading} tabIndex={-1}>
        {t`Delete account`}
      </h2>
      <p className="account-text">
        {t`Meetings that you host go to a moderator or else to a member; those without any are deleted. Your messages stay, without your name. This cannot be undone.`}
      </p>
      {confirming ? (
        <form className="account-fields" onSubmit={submit}>
          {user.hasPassword && <PasswordField label={t`Your password`} value={password} onChange={setPassword} />}
          <Failure of={failure} />
          <div className="account-buttons">
            <button type="submit" className="button danger" aria-disabled={busy}>
              {busy ? t`Deleting…` : t`Delete for good`}
            </button>
            <button type="button" className="button" onClick={() => setConfirming(false)}>
              {t`Keep account`}
            </button>
          </div>
        </form>
      ) : (
        <button type="button" className="button" onClick={() => setConfirming(true)}>
          {t`Delete account…`}
        </button>
      )}
    </section>
  );
}
