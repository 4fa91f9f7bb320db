import { t } from '@lingui/core/macro';
import type { SecondFactorStep, SignInResult } from '@waterbus/client';
import { useEffect, useState } from 'react';
import { Notice } from '../frame/notice.js';
import { messageOf, signInProblem } from '../messages.js';
import { Link } from '../routing/link.js';
import { Redirect } from '../routing/redirect.js';
import { account } from '../sign-in/account.js';
import { nextIn, withNext } from '../sign-in/next.js';
import { useAccount } from '../sign-in/use-account.js';
import { FormPage } from './form-page.js';
import { SecondFactorForm } from './second-factor-form.js';

/** The target of an identity provider's answer: takes the session, then continues. */
export function SignedInPage() {
  const [{ next, signIn, refused }] = useState(() => {
    const { search } = window.location;
    const query = new URLSearchParams(search);
    return { next: nextIn(search), signIn: query.get('sign-in') ?? '', refused: query.get('sign-in-error') };
  });
  const [stage, setStage] = useState<{ done: boolean; problem?: string; step?: SecondFactorStep }>(
    refused === null ? { done: false } : { done: false, problem: signInProblem(refused) },
  );
  useEffect(() => {
    if (refused !== null) return;
    let left = false;
    complete(signIn).then(
      ({ secondFactor }) => !left && setStage({ done: !secondFactor, step: secondFactor }),
      (error) => !left && setStage({ done: false, problem: messageOf(error) }),
    );
    return () => {
      left = true;
    };
  }, [signIn, refused]);

  const { signedIn } = useAccount();
  const [again, setAgain] = useState(false);
  if (again) return <Redirect to={withNext('/sign-in', next)} />;
  if (stage.step) {
    if (signedIn) return <Redirect to={next} />;
    return (
      <FormPage title={t`Second step`}>
        <p className="account-intro">{t`Confirm your identity.`}</p>
        <SecondFactorForm step={stage.step} onAgain={() => setAgain(true)} />
      </FormPage>
    );
  }
  if (stage.done) return <Redirect to={next} />;
  if (stage.problem === undefined) return <p className="loading">{t`Signing in…`}</p>;
  return (
    <Notice title={t`Signing in did not work`} text={stage.problem}>
      <Link to={next === '/account' ? next : withNext('/sign-in', next)} className="button primary">
        {next === '/account' ? t`Back to your account` : t`Sign in`}
      </Link>
    </Notice>
  );
}

/** Once for this load of the page: the server issues the session once. */
function complete(signIn: string): Promise<SignInResult> {
  completing ??= account.completeSignIn(signIn);
  return completing;
}
let completing: Promise<SignInResult> | undefined;
