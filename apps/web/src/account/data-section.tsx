import { t } from '@lingui/core/macro';
import { Failure } from '../parts/failure.js';
import { account } from '../sign-in/account.js';
import { useSubmission } from './use-submission.js';

/** All data of the account that the server stores, as a file. */
export function DataSection({ userId }: { userId: string }) {
  const { busy, failure, run } = useSubmission(async () => {
    const data = await account.exportData();
    const file = new Blob([JSON.stringify(data, null, 2)], { type: 'application/json' });
    const address = URL.createObjectURL(file);
    const link = document.createElement('a');
    link.href = address;
    link.download = 'waterbus-account.json';
    link.click();
    // The download has begun with the click; the file itself need not stay in memory.
    setTimeout(() => URL.revokeObjectURL(address), REVOKED_AFTER);
  });
  return (
    <section className="card" aria-labelledby="data-heading">
      <h2 id="data-heading">{t`Your data`}</h2>
      <p className="account-text">
        {t`Everything this server stores about you: account, sign-ins, meetings, messages and calls. A JSON file, without passwords and keys.`}
      </p>
      <p className="account-text">
        {t`Account ID:`} <code className="account-id">{userId}</code>
      </p>
      <Failure of={failure} />
      <button type="button" className="button" aria-disabled={busy} onClick={() => void run()}>
        {busy ? t`Preparing…` : t`Download your data`}
      </button>
    </section>
  );
}

/** Milliseconds: some browsers read the file a moment after the click. */
const REVOKED_AFTER = 10_000;
