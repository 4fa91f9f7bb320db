import { t } from '@lingui/core/macro';
import type { StreamKey } from '@waterbus/client';
import { useEffect, useRef, useState } from 'react';
import { copyText } from '../../parts/copy-text.js';
import { kindOf } from './stream-kinds.js';

/** What to enter in the program. The server shows the key this once. */
export function NewStreamKey(props: { streamKey: StreamKey; secret: string; onDone: () => void }) {
  const { streamKey, secret, onDone } = props;
  const { endpoint, service } = kindOf(streamKey);
  const [said, setSaid] = useState('');
  const text = useRef<HTMLParagraphElement>(null);
  useEffect(() => text.current?.focus(), []);
  const copy = async (what: string, value: string) =>
    setSaid((await copyText(value)) ? t`${what} copied` : t`Copying is not possible here: select the text.`);
  return (
    <div className="new-stream-key">
      <p ref={text} tabIndex={-1}>
        {t`Enter this in the program, as the service ${service}. The key is not shown again.`}
      </p>
      <Value label={t`Server`} value={`${window.location.origin}${endpoint}`} onCopy={copy} />
      <Value label={t`Bearer token`} value={secret} onCopy={copy} />
      <div className="small-buttons">
        <button type="button" className="small-button" onClick={onDone}>
          {t`Done`}
        </button>
        <p className="field-hint" role="status">
          {said}
        </p>
      </div>
    </div>
  );
}

function Value(props: { label: string; value: string; onCopy: (what: string, value: string) => Promise<void> }) {
  const { label, value, onCopy } = props;
  return (
    <div className="copied-value">
      <dl>
        <dt>{label}</dt>
        <dd>{value}</dd>
      </dl>
      <button
        type="button"
        className="small-button"
        aria-label={t`Copy: ${label}`}
        onClick={() => void onCopy(label, value)}
      >
        {t`Copy`}
      </button>
    </div>
  );
}
