import { t } from '@lingui/core/macro';
import type { Identity, IdentityProvider, User } from '@waterbus/client';
import { useEffect, useState } from 'react';
import { Failure } from '../parts/failure.js';
import { toast } from '../parts/toasts.js';
import { account } from '../sign-in/account.js';
import { goToProvider, useProviders } from './providers.js';
import type { Confirmed } from './use-confirmation.js';
import { useConfirmation } from './use-confirmation.js';
import { useSubmission } from './use-submission.js';

/** External accounts that sign in to this one; empty where the server has no identity provider. */
export function IdentitiesSection({ user }: { user: User }) {
  const { confirmed, dialog } = useConfirmation(user);
  const providers = useProviders();
  const [identities, setIdentities] = useState<readonly Identity[]>();
  const { busy, failure, run } = useSubmission(async () => setIdentities(await account.identities()));
  // biome-ignore lint/correctness/useExhaustiveDependencies: once; then by the button
  useEffect(() => {
    void run();
  }, []);
  if (providers.length === 0 && !identities?.length) return null;
  return (
    <section className="card" aria-labelledby="identities-heading">
      <h2 id="identities-heading">{t`Other ways to sign in`}</h2>
      {identities && identities.length > 0 && (
        <ul className="list">
          {identities.map((identity) => (
            <IdentityRow
              key={identity.id}
              identity={identity}
              confirmed={confirmed}
              onRemoved={() => setIdentities(identities.filter((other) => other !== identity))}
            />
          ))}
        </ul>
      )}
      <Failure of={failure} />
      {failure !== undefined && (
        <button type="button" className="button" aria-disabled={busy} onClick={() => void run()}>
          {t`Try again`}
        </button>
      )}
      {identities &&
        providers
          .filter(({ id }) => !identities.some(({ provider }) => provider?.id === id))
          .map((provider) => <AddProvider key={provider.id} provider={provider} confirmed={confirmed} />)}
      {dialog}
    </section>
  );
}

function IdentityRow(props: { identity: Identity; confirmed: Confirmed; onRemoved: () => void }) {
  const { identity, confirmed, onRemoved } = props;
  const name = identity.provider?.name ?? identity.issuer;
  const { busy, failure, run } = useSubmission(async () => {
    await confirmed(() => account.removeIdentity(identity.id));
    toast(t`${name} removed`);
    onRemoved();
  });
  return (
    <li className="row">
      <span className="row-text">
        <span className="row-title">{name}</span>
        <Failure of={failure} />
      </span>
      <button
        type="button"
        className="button small"
        aria-disabled={busy}
        aria-label={t`Remove ${name}`}
        onClick={() => void run()}
      >
        {t`Remove`}
      </button>
    </li>
  );
}

function AddProvider({ provider, confirmed }: { provider: IdentityProvider; confirmed: Confirmed }) {
  const { busy, failure, run } = useSubmission(() => confirmed(() => goToProvider(provider.id, '/account')));
  return (
    <>
      <Failure of={failure} />
      <button type="button" className="button" aria-disabled={busy} onClick={() => void run()}>
        {t`Add ${{ name: provider.name }}`}
      </button>
    </>
  );
}
