import { t } from '@lingui/core/macro';
import { getIdentityProviders, type IdentityProvider } from '@waterbus/client';
import { useEffect, useState } from 'react';
import { Failure } from '../parts/failure.js';
import { account } from '../sign-in/account.js';
import { withNext } from '../sign-in/next.js';
import { useSubmission } from './use-submission.js';

/** The identity providers for signing in here; none until the server has answered. */
export function useProviders(): readonly IdentityProvider[] {
  const [providers, setProviders] = useState<readonly IdentityProvider[]>([]);
  useEffect(() => {
    let left = false;
    // Without an answer, the password remains.
    getIdentityProviders().then(
      (found) => !left && setProviders(found),
      () => {},
    );
    return () => {
      left = true;
    };
  }, []);
  return providers;
}

/**
 * Navigates the browser to an identity provider. It returns to the page that takes the session,
 * which continues to `next`.
 */
export async function goToProvider(provider: string, next: string): Promise<void> {
  const returnTo = withNext('/signed-in', next);
  window.location.assign(await account.startSignIn({ provider, returnTo }));
}

/** Other ways to sign in than a password. */
export function Providers({ next }: { next: string }) {
  const providers = useProviders();
  if (providers.length === 0) return null;
  return (
    <div className="providers">
      {providers.map((provider) => (
        <ProviderButton key={provider.id} provider={provider} next={next} />
      ))}
    </div>
  );
}

function ProviderButton({ provider, next }: { provider: IdentityProvider; next: string }) {
  const { busy, failure, run } = useSubmission(() => goToProvider(provider.id, next));
  return (
    <>
      <button type="button" className="button" aria-disabled={busy} onClick={() => void run()}>
        {t`Continue with ${{ name: provider.name }}`}
      </button>
      <Failure of={failure} />
    </>
  );
}
