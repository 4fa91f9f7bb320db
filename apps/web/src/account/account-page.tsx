import { t } from '@lingui/core/macro';
import type { User } from '@waterbus/client';
import { useEffect, useState } from 'react';
import { brand } from '../brand.js';
import { PageHeader } from '../frame/page-header.js';
import { useOffer } from '../offer/use-offer.js';
import { Avatar } from '../parts/avatar.js';
import { Failure } from '../parts/failure.js';
import { toast } from '../parts/toasts.js';
import { Link } from '../routing/link.js';
import { Redirect } from '../routing/redirect.js';
import { account } from '../sign-in/account.js';
import { withNext } from '../sign-in/next.js';
import { useAccount } from '../sign-in/use-account.js';
import { ActivitySection } from './activity-section.js';
import { ApiKeysSection } from './api-keys-section.js';
import { DataSection } from './data-section.js';
import { DeleteSection } from './delete-section.js';
import { IdentitiesSection } from './identities-section.js';
import { PasswordSection } from './password-section.js';
import { ProfileSection } from './profile-section.js';
import { SecuritySection } from './security-section.js';
import { SessionsSection } from './sessions-section.js';
import { useSubmission } from './use-submission.js';
import { WebhooksSection } from './webhooks-section.js';

/** The user's own account: all visible and editable data. */
export function AccountPage() {
  const { signedIn, user } = useAccount();
  useEffect(() => {
    document.title = t`Your account · ${{ brand: brand.name }}`;
  }, []);
  /** The page after the session's end: a user that signed out on purpose need not sign in again. */
  const [after, setAfter] = useState(withNext('/sign-in', '/account'));
  const leave = () => setAfter('/');
  if (!signedIn) return <Redirect to={after} />;
  return (
    <div className="page">
      <PageHeader />
      <main className="account">{user ? <Sections key={user.id} user={user} leave={leave} /> : <Loading />}</main>
    </div>
  );
}

function Sections({ user, leave }: { user: User; leave: () => void }) {
  const offer = useOffer();
  return (
    <>
      <div className="account-head">
        <Avatar name={user.name} picture={user.avatarUrl} />
        <div className="account-who">
          <h1>{user.name}</h1>
          <p>{user.email}</p>
        </div>
        <div className="account-buttons">
          {user.administrator && (
            <Link to="/admin" className="button">
              {t`Administration`}
            </Link>
          )}
          <SignOut leave={leave} />
        </div>
      </div>
      {!user.emailVerified && offer?.mail !== false && <Unverified />}
      <ProfileSection user={user} />
      <PasswordSection user={user} />
      <SecuritySection user={user} />
      <IdentitiesSection user={user} />
      <SessionsSection />
      <ApiKeysSection user={user} />
      <WebhooksSection />
      <ActivitySection />
      <DataSection userId={user.id} />
      <DeleteSection user={user} leave={leave} />
    </>
  );
}

function SignOut({ leave }: { leave: () => void }) {
  const { busy, run } = useSubmission(async () => {
    leave();
    await account.logOut();
  });
  return (
    <button type="button" className="button" aria-disabled={busy} onClick={() => void run()}>
      {t`Sign out`}
    </button>
  );
}

function Unverified() {
  const { busy, failure, run } = useSubmission(async () => {
    await account.requestEmailVerification();
    toast(t`E-mail sent`);
  });
  return (
    <section className="account-note" aria-label={t`E-mail address`}>
      <p>
        {t`Your e-mail address is not verified. Once you have opened the link in a verification mail, invitations to this address are shown to you.`}
      </p>
      <button type="button" className="button small" aria-disabled={busy} onClick={() => void run()}>
        {t`Send verification e-mail`}
      </button>
      <Failure of={failure} />
    </section>
  );
}

/** The app reads the profile after a sign-in; this component requests it again after a failure. */
function Loading() {
  const { busy, failure, run } = useSubmission(async () => {
    await account.profile();
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: once; then by the button
  useEffect(() => {
    void run();
  }, []);
  if (failure === undefined) return <p className="loading">{t`Opening your account…`}</p>;
  return (
    <div className="account-note">
      <Failure of={failure} />
      <button type="button" className="button" aria-disabled={busy} onClick={() => void run()}>
        {t`Try again`}
      </button>
    </div>
  );
}
