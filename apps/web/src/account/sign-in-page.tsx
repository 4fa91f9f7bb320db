import { t } from '@lingui/core/macro';
import { passkeysSupported, type SecondFactorStep } from '@waterbus/client';
import { useState } from 'react';
import { registers } from '../offer/registers.js';
import { useOffer } from '../offer/use-offer.js';
import { Failure } from '../parts/failure.js';
import { Link } from '../routing/link.js';
import { Redirect } from '../routing/redirect.js';
import { account } from '../sign-in/account.js';
import { nextIn, withNext } from '../sign-in/next.js';
import { useAccount } from '../sign-in/use-account.js';
import { EmailField, PasswordField } from './account-fields.js';
import { FormPage } from './form-page.js';
import { Providers } from './providers.js';
import { SecondFactorForm } from './second-factor-form.js';
import { useForm, useSubmission } from './use-submission.js';

export function SignInPage() {
  const next = nextIn(window.location.search);
  const { signedIn } = useAccount();
  const offer = useOffer();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [step, setStep] = useState<SecondFactorStep>();
  const { busy, failure, submit } = useForm(async () => {
    setStep((await account.logIn({ email, password })).secondFactor);
    setPassword('');
  });
  if (signedIn) return <Redirect to={next} />;
  if (step) {
    return (
      <FormPage title={t`Second step`}>
        <p className="account-intro">{t`Password accepted. Confirm your identity.`}</p>
        <SecondFactorForm step={step} onAgain={() => setStep(undefined)} />
      </FormPage>
    );
  }
  return (
    <FormPage title={t`Sign in`}>
      <form className="card" onSubmit={submit}>
        <EmailField value={email} onChange={setEmail} />
        <PasswordField value={password} onChange={setPassword} />
        <Failure of={failure} />
        <button type="submit" className="button primary" aria-disabled={busy}>
          {busy ? t`Signing in…` : t`Sign in`}
        </button>
        {offer?.mail !== false && <Link to="/forgot-password">{t`Forgot your password?`}</Link>}
      </form>
      {passkeysSupported() && <PasskeyButton />}
      <Providers next={next} />
      {registers(offer) && (
        <p className="account-aside">
          {t`No account yet?`} <Link to={withNext('/create-account', next)}>{t`Create one`}</Link>
        </p>
      )}
    </FormPage>
  );
}

/** Without a password: the browser knows the accounts of its passkeys. */
function PasskeyButton() {
  const { busy, failure, run } = useSubmission(async () => {
    await account.signInWithPasskey();
  });
  return (
    <div className="providers">
      <button type="button" className="button" aria-disabled={busy} onClick={() => void run()}>
        {busy ? t`Waiting for your passkey…` : t`Sign in with a passkey`}
      </button>
      <Failure of={failure} />
    </div>
  );
}
