import { t } from '@lingui/core/macro';
import { requestPasswordReset } from '@waterbus/client';
import { useState } from 'react';
import { Notice } from '../frame/notice.js';
import { useOffer } from '../offer/use-offer.js';
import { Failure } from '../parts/failure.js';
import { Link } from '../routing/link.js';
import { EmailField } from './account-fields.js';
import { FormPage } from './form-page.js';
import { useForm } from './use-submission.js';

export function ForgotPasswordPage() {
  const [email, setEmail] = useState('');
  const [sent, setSent] = useState(false);
  const offer = useOffer();
  const { busy, failure, submit } = useForm(async () => {
    await requestPasswordReset({ email });
    setSent(true);
  });
  if (offer?.mail === false) {
    return (
      <Notice
        title={t`This server cannot send e-mail`}
        text={t`A password cannot be reset by mail here. Ask the people who run this server.`}
      />
    );
  }
  if (sent) {
    return (
      <Notice
        title={t`Check your e-mail`}
        text={t`If there is an account for ${email}, we have sent a link there. It works for an hour.`}
      />
    );
  }
  return (
    <FormPage title={t`Forgot your password?`}>
      <p className="account-intro">{t`We will e-mail you a link to set a new one.`}</p>
      <form className="card" onSubmit={submit}>
        <EmailField value={email} onChange={setEmail} />
        <Failure of={failure} />
        <button type="submit" className="button primary" aria-disabled={busy}>
          {busy ? t`Sending…` : t`Send link`}
        </button>
      </form>
      <p className="account-aside">
        {t`Remembered it?`} <Link to="/sign-in">{t`Sign in`}</Link>
      </p>
    </FormPage>
  );
}
