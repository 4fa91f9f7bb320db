import { t } from '@lingui/core/macro';
import { useEffect, useRef } from 'react';
import { copyText } from '../parts/copy-text.js';
import { toast } from '../parts/toasts.js';

/** A secret that is shown once, right after its creation. */
export function SecretOnce(props: { title: string; text: string; secret: string; onDone: () => void }) {
  const { title, text, secret, onDone } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <div className="account-note">
      <h3 ref={heading} tabIndex={-1}>
        {title}
      </h3>
      <p>{text}</p>
      <code className="account-secret">{secret}</code>
      <div className="account-buttons">
        <button
          type="button"
          className="button small"
          onClick={() =>
            void copyText(secret).then((copied) =>
              toast(copied ? t`Copied` : t`Copying failed. Select the text and copy it.`),
            )
          }
        >
          {t`Copy`}
        </button>
        <button type="button" className="button small primary" onClick={onDone}>
          {t`I have saved it`}
        </button>
      </div>
    </div>
  );
}
