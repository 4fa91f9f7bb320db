import { t } from '@lingui/core/macro';
import { useState } from 'react';
import { registers } from '../offer/registers.js';
import { useOffer } from '../offer/use-offer.js';
import { Failure } from '../parts/failure.js';
import { Link } from '../routing/link.js';
import { Redirect } from '../routing/redirect.js';
import { account } from '../sign-in/account.js';
import { nextIn, withNext } from '../sign-in/next.js';
import { pendingInvitation } from '../sign-in/pending-invitation.js';
import { useAccount } from '../sign-in/use-account.js';
import { remembered } from '../storage/remembered.js';
import { EmailField, NameField, NewPasswordField } from './account-fields.js';
import { FormPage } from './form-page.js';
import { Providers } from './providers.js';
import { useForm } from './use-submission.js';

export function CreateAccountPage() {
  const next = nextIn(window.location.search);
  const { signedIn } = useAccount();
  const offer = useOffer();
  const [name, setName] = useState(remembered.name);
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const { busy, failure, submit } = useForm(async () => {
    const invitationToken = offer?.registration === 'invited' ? pendingInvitation.read() : undefined;
    await account.register({ name: name.trim(), email, password, ...(invitationToken ? { invitationToken } : {}) });
  });
  if (signedIn) return <Redirect to={next} />;
  if (!registers(offer)) {
    return (
      <FormPage title={t`No new accounts`}>
        <p className="account-intro">
          {offer?.registration === 'invited'
            ? t`Accounts on this server are for people who were invited. Open the link of your invitation first.`
            : t`This server does not accept new accounts with a password.`}
        </p>
        <Providers next={next} />
        <p className="account-aside">
          {t`Have an account?`} <Link to={withNext('/sign-in', next)}>{t`Sign in`}</Link>
        </p>
      </FormPage>
    );
  }
  return (
    <FormPage title={t`Create an account`}>
      <p className="account-intro">
        {offer?.guests === false
          ? t`With one, your meetings are in one place, and you host them on every device.`
          : t`You can join meetings without one. With one, your meetings are in one place, and you host them on every device.`}
      </p>
      <form className="card" onSubmit={submit}>
        <NameField value={name} onChange={setName} />
        <EmailField value={email} onChange={setEmail} />
        <NewPasswordField value={password} onChange={setPassword} failure={failure} />
        <Failure of={failure} />
        <button type="submit" className="button primary" aria-disabled={busy}>
          {busy ? t`Creating…` : t`Create account`}
        </button>
      </form>
      <Providers next={next} />
      <p className="account-aside">
        {t`Have an account?`} <Link to={withNext('/sign-in', next)}>{t`Sign in`}</Link>
      </p>
    </FormPage>
  );
}
