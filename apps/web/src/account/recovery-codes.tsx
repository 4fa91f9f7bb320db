import { t } from '@lingui/core/macro';
import { useEffect, useRef } from 'react';
import { toast } from '../parts/toasts.js';

/** Shown once, right after their creation. */
export function RecoveryCodes({ codes, onSaved }: { codes: readonly string[]; onSaved: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(codes.join('\n'));
      toast(t`Recovery codes copied`);
    } catch {
      toast(t`Copying failed. Select the codes and copy them.`);
    }
  };
  return (
    <div className="account-codes">
      <h3 ref={heading} tabIndex={-1}>
        {t`Save your recovery codes`}
      </h3>
      <p className="account-text">
        {t`Each code signs you in once, without your authenticator app or a passkey. They are shown only now. Keep them where you keep your passwords.`}
      </p>
      <ul>
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div className="account-buttons">
        <button type="button" className="button" onClick={() => void copy()}>
          {t`Copy`}
        </button>
        <button type="button" className="button primary" onClick={onSaved}>
          {t`I have saved them`}
        </button>
      </div>
    </div>
  );
}
