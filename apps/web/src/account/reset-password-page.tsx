import { t } from '@lingui/core/macro';
import { resetPassword } from '@waterbus/client';
import { useState } from 'react';
import { Notice } from '../frame/notice.js';
import { isLinkSpent } from '../messages.js';
import { Failure } from '../parts/failure.js';
import { Link } from '../routing/link.js';
import { account } from '../sign-in/account.js';
import { NewPasswordField } from './account-fields.js';
import { FormPage } from './form-page.js';
import { useMailedToken } from './mailed-token.js';
import { useForm } from './use-submission.js';

/** Sets a new password with the link from a mail. */
export function ResetPasswordPage() {
  const token = useMailedToken();
  const [password, setPassword] = useState('');
  const [done, setDone] = useState(false);
  const { busy, failure, submit } = useForm(async () => {
    if (!token) return;
    await resetPassword({ token, newPassword: password });
    setDone(true);
    // All sessions of the account have ended; if this browser's session was one of them, this
    // request detects it.
    if (account.state.signedIn) account.profile().catch(() => {});
  });

  if (done) {
    return (
      <Notice title={t`Your password is set`} text={t`You were signed out everywhere. Sign in with the new password.`}>
        <Link to="/sign-in" className="button primary">
          {t`Sign in`}
        </Link>
      </Notice>
    );
  }
  if (!token || isLinkSpent(failure)) {
    return (
      <Notice
        title={t`This link does not work`}
        text={t`It has expired, was already used or is incomplete. Request a new one.`}
      >
        <Link to="/forgot-password" className="button primary">
          {t`Request a new link`}
        </Link>
      </Notice>
    );
  }
  return (
    <FormPage title={t`Set a new password`}>
      <p className="account-intro">{t`This signs you out everywhere.`}</p>
      <form className="card" onSubmit={submit}>
        <NewPasswordField label={t`New password`} value={password} onChange={setPassword} failure={failure} />
        <Failure of={failure} />
        <button type="submit" className="button primary" aria-disabled={busy}>
          {busy ? t`Setting…` : t`Set password`}
        </button>
      </form>
    </FormPage>
  );
}
