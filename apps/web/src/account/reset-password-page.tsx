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
      <Notice title="Your password is set" text="You were signed out everywhere. Sign in with the new password.">
        <Link to="/sign-in" className="button primary">
          Sign in
        </Link>
      </Notice>
    );
  }
  if (!token || isLinkSpent(failure)) {
    return (
      <Notice
        title="This link does not work"
        text="It has expired, was already used or is incomplete. Request a new one."
      >
        <Link to="/forgot-password" className="button primary">
          Request a new link
        </Link>
      </Notice>
    );
  }
  return (
    <FormPage title="Set a new password">
      <p className="account-intro">This signs you out everywhere.</p>
      <form className="card" onSubmit={submit}>
        <NewPasswordField label="New password" value={password} onChange={setPassword} failure={failure} />
        <Failure of={failure} />
        <button type="submit" className="button primary" aria-disabled={busy}>
          {busy ? 'Setting…' : 'Set password'}
        </button>
      </form>
    </FormPage>
  );
}
