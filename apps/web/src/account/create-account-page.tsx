import { useState } from 'react';
import { Failure } from '../parts/failure.js';
import { Link } from '../parts/link.js';
import { Redirect } from '../routing/redirect.js';
import { remembered } from '../storage/remembered.js';
import { account } from './account.js';
import { EmailField, NameField, NewPasswordField } from './account-fields.js';
import { FormPage } from './form-page.js';
import { nextIn, withNext } from './next.js';
import { Providers } from './providers.js';
import { useAccount } from './use-account.js';
import { useForm } from './use-submission.js';

export function CreateAccountPage() {
  const next = nextIn(window.location.search);
  const { signedIn } = useAccount();
  const [name, setName] = useState(remembered.name);
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const { busy, failure, submit } = useForm(async () => {
    await account.register({ name: name.trim(), email, password });
  });
  if (signedIn) return <Redirect to={next} />;
  return (
    <FormPage title="Create an account">
      <p className="account-intro">
        Joining a meeting needs none. With one, your meetings are in one place, and you host them on every device.
      </p>
      <form className="card" onSubmit={submit}>
        <NameField value={name} onChange={setName} />
        <EmailField value={email} onChange={setEmail} />
        <NewPasswordField value={password} onChange={setPassword} failure={failure} />
        <Failure of={failure} />
        <button type="submit" className="button primary" aria-disabled={busy}>
          {busy ? 'Creating…' : 'Create account'}
        </button>
      </form>
      <Providers next={next} />
      <p className="account-aside">
        Have an account? <Link to={withNext('/sign-in', next)}>Sign in</Link>
      </p>
    </FormPage>
  );
}
