import { t } from '@lingui/core/macro';
import type { User } from '@waterbus/client';
import { useState } from 'react';
import { Failure } from '../parts/failure.js';
import { toast } from '../parts/toasts.js';
import { account } from '../sign-in/account.js';
import { NewPasswordField, PasswordField } from './account-fields.js';
import { useForm } from './use-submission.js';

export function PasswordSection({ user }: { user: User }) {
  const [currentPassword, setCurrent] = useState('');
  const [newPassword, setNew] = useState('');
  const { busy, failure, submit } = useForm(async () => {
    await account.changePassword({ newPassword, ...(user.hasPassword && { currentPassword }) });
    setCurrent('');
    setNew('');
    toast(t`Password saved`);
  });
  return (
    <section className="card" aria-labelledby="password-heading">
      <h2 id="password-heading">{t`Password`}</h2>
      <form className="account-fields" onSubmit={submit}>
        {/* Identifies the account of the password for password managers. */}
        <input
          className="visually-hidden"
          value={user.email}
          readOnly
          autoComplete="username"
          tabIndex={-1}
          aria-hidden
        />
        {user.hasPassword && (
          <PasswordField label={t`Current password`} value={currentPassword} onChange={setCurrent} />
        )}
        <NewPasswordField label={t`New password`} value={newPassword} onChange={setNew} failure={failure} />
        <p className="field-hint">{t`Saving signs you out everywhere else.`}</p>
        <Failure of={failure} />
        <button type="submit" className="button" aria-disabled={busy}>
          {busy ? t`Saving…` : t`Save password`}
        </button>
      </form>
    </section>
  );
}
