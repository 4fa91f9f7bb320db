import type { User } from '@waterbus/client';
import { useEffect, useState } from 'react';
import { messageOf, signInProblem } from '../messages.js';
import { Notice } from '../pages/notice.js';
import { Link } from '../parts/link.js';
import { Redirect } from '../routing/redirect.js';
import { account } from './account.js';
import { nextIn, withNext } from './next.js';

/** Where an identity provider's answer leads: takes the session, then goes on. */
export function SignedInPage() {
  const [{ next, signIn, refused }] = useState(() => {
    const { search } = window.location;
    const query = new URLSearchParams(search);
    return { next: nextIn(search), signIn: query.get('sign-in') ?? '', refused: query.get('sign-in-error') };
  });
  const [stage, setStage] = useState<{ done: boolean; problem?: string }>(
    refused === null ? { done: false } : { done: false, problem: signInProblem(refused) },
  );
  useEffect(() => {
    if (refused !== null) return;
    let left = false;
    complete(signIn).then(
      () => !left && setStage({ done: true }),
      (error) => !left && setStage({ done: false, problem: messageOf(error) }),
    );
    return () => {
      left = true;
    };
  }, [signIn, refused]);

  if (stage.done) return <Redirect to={next} />;
  if (stage.problem === undefined) return <p className="loading">Signing in…</p>;
  return (
    <Notice title="Signing in did not work" text={stage.problem}>
      <Link to={next === '/account' ? next : withNext('/sign-in', next)} className="button primary">
        {next === '/account' ? 'Back to your account' : 'Sign in'}
      </Link>
    </Notice>
  );
}

/** Once for this load of the page: the session is given out once. */
function complete(signIn: string): Promise<User> {
  completing ??= account.completeSignIn(signIn);
  return completing;
}
let completing: Promise<User> | undefined;
