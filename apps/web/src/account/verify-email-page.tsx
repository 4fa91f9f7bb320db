import { t } from '@lingui/core/macro';
import { confirmEmail } from '@waterbus/client';
import { useEffect, useState } from 'react';
import { Notice } from '../frame/notice.js';
import { isLinkSpent, messageOf } from '../messages.js';
import { Link } from '../routing/link.js';
import { account } from '../sign-in/account.js';
import { useAccount } from '../sign-in/use-account.js';
import { useMailedToken } from './mailed-token.js';

/** Verifies an address with the link from a mail. */
export function VerifyEmailPage() {
  const token = useMailedToken();
  const { signedIn } = useAccount();
  const [attempt, setAttempt] = useState(0);
  const [stage, setStage] = useState<{ token?: string; done?: boolean; failure?: unknown }>({});
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt asks again
  useEffect(() => {
    if (!token || !signedIn) return;
    let left = false;
    confirm(token).then(
      () => {
        // Updates the page, too. A failure to read the profile has nothing to do with this link.
        account.profile().catch(() => {});
        if (!left) setStage({ token, done: true });
      },
      (failure) => !left && setStage({ token, failure }),
    );
    return () => {
      left = true;
    };
  }, [token, attempt, signedIn]);

  const { done, failure } = stage.token === token ? stage : {};
  if (done) {
    return <Notice title={t`Your address is verified`} text={t`Invitations sent to it are on the home page.`} />;
  }
  if (token && !signedIn) return <SignInFirst />;
  if (!token || isLinkSpent(failure)) return <LinkSpent />;
  if (failure === undefined) return <p className="loading">{t`Verifying your address…`}</p>;
  return (
    <Notice title={t`Your address could not be verified`} text={messageOf(failure)}>
      <button
        type="button"
        className="button primary"
        onClick={() => {
          setStage({});
          setAttempt(attempt + 1);
        }}
      >
        {t`Try again`}
      </button>
    </Notice>
  );
}

function SignInFirst() {
  return (
    <Notice
      title={t`Sign in first`}
      text={t`Sign in on this browser, then open the link from the mail again. If someone else created an account with your address, set a new password: this makes it yours and signs everyone else out.`}
    >
      <Link to="/sign-in" className="button primary">
        {t`Sign in`}
      </Link>
      <Link to="/forgot-password" className="button">
        {t`Set a new password`}
      </Link>
    </Notice>
  );
}

function LinkSpent() {
  return (
    <Notice
      title={t`This link does not work`}
      text={t`It has expired, was already used or is incomplete. You can request another one on your account page.`}
    >
      <Link to="/account" className="button primary">
        {t`Your account`}
      </Link>
    </Notice>
  );
}

/** Once at a time for each token: it is good once, and React may run an effect twice. */
function confirm(token: string): Promise<void> {
  const known = confirming.get(token);
  if (known) return known;
  const requested = account.asUser((accessToken) => confirmEmail({ token, accessToken }));
  confirming.set(token, requested);
  requested.catch(() => confirming.delete(token));
  return requested;
}
const confirming = new Map<string, Promise<void>>();
