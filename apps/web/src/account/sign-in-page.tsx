import { useState } from 'react';
import { registers } from '../offer/registers.js';
import { useOffer } from '../offer/use-offer.js';
import { Failure } from '../parts/failure.js';
import { Link } from '../parts/link.js';
import { Redirect } from '../routing/redirect.js';
import { account } from './account.js';
import { EmailField, PasswordField } from './account-fields.js';
import { FormPage } from './form-page.js';
import { nextIn, withNext } from './next.js';
import { Providers } from './providers.js';
import { useAccount } from './use-account.js';
import { useForm } from './use-submission.js';

export function SignInPage() {
  const next = nextIn(window.location.search);
  const { signedIn } = useAccount();
  const offer = useOffer();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const { busy, failure, submit } = useForm(async () => {
    await account.logIn({ email, password });
  });
  if (signedIn) return <Redirect to={next} />;
  return (
    <FormPage title="Sign in">
      <form className="card" onSubmit={submit}>
        <EmailField value={email} onChange={setEmail} />
        <PasswordField value={password} onChange={setPassword} />
        <Failure of={failure} />
        <button type="submit" className="button primary" aria-disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
        {offer?.mail !== false && <Link to="/forgot-password">Forgot your password?</Link>}
      </form>
      <Providers next={next} />
      {registers(offer) && (
        <p className="account-aside">
          No account yet? <Link to={withNext('/create-account', next)}>Create one</Link>
        </p>
      )}
    </FormPage>
  );
}
