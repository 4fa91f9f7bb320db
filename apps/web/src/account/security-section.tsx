import { plural, t } from '@lingui/core/macro';
import type { SecondFactors, User } from '@waterbus/client';
import { useEffect, useState } from 'react';
import { Failure } from '../parts/failure.js';
import { toast } from '../parts/toasts.js';
import { account } from '../sign-in/account.js';
import { AuthenticatorApp } from './authenticator-app.js';
import { Passkeys } from './passkeys.js';
import { RecoveryCodes } from './recovery-codes.js';
import { useConfirmation } from './use-confirmation.js';
import { useSubmission } from './use-submission.js';

/** Second factors: an authenticator app, passkeys, recovery codes. */
export function SecuritySection({ user }: { user: User }) {
  const [factors, setFactors] = useState<SecondFactors>();
  const [codes, setCodes] = useState<readonly string[]>();
  const { confirmed, dialog } = useConfirmation(user);
  const { busy, failure, run } = useSubmission(async () => setFactors(await account.security.factors()));
  const renewing = useSubmission(async () => {
    setCodes(await confirmed(() => account.security.renewRecoveryCodes()));
    await run();
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: once; then after each change
  useEffect(() => {
    void run();
  }, []);
  /** After a change; the first factor also yields recovery codes. */
  const changed = (what: string, newCodes?: readonly string[] | null) => {
    toast(what);
    if (newCodes) setCodes(newCodes);
    void run();
  };
  const on = factors && (factors.totp || factors.passkeys.length > 0);

  return (
    <section className="card" aria-labelledby="security-heading">
      <h2 id="security-heading">{t`Two-step sign-in`}</h2>
      <p className="account-text">
        {on
          ? t`On. Your password alone is not enough to sign in.`
          : t`With a second step, your password alone is not enough to sign in.`}
      </p>
      {codes && <RecoveryCodes codes={codes} onSaved={() => setCodes(undefined)} />}
      {factors && !codes && (
        <>
          <AuthenticatorApp present={factors.totp} confirmed={confirmed} changed={changed} />
          {(factors.passkeysPossible || factors.passkeys.length > 0) && (
            <Passkeys
              passkeys={factors.passkeys}
              possible={factors.passkeysPossible}
              confirmed={confirmed}
              changed={changed}
            />
          )}
          {on && <RenewCodes left={factors.recoveryCodesLeft} renewing={renewing} />}
        </>
      )}
      <Failure of={failure} />
      {failure !== undefined && (
        <button type="button" className="button" aria-disabled={busy} onClick={() => void run()}>
          {t`Try again`}
        </button>
      )}
      {dialog}
    </section>
  );
}

function RenewCodes({
  left,
  renewing,
}: {
  left: number;
  renewing: { busy: boolean; failure: unknown; run: () => Promise<void> };
}) {
  return (
    <div className="account-factor">
      <h3>{t`Recovery codes`}</h3>
      <p className="account-text">
        {plural(left, { one: '# code is left.', other: '# codes are left.' })} {t`New codes replace all of them.`}
      </p>
      <Failure of={renewing.failure} />
      <button type="button" className="button small" aria-disabled={renewing.busy} onClick={() => void renewing.run()}>
        {t`Generate new codes`}
      </button>
    </div>
  );
}
