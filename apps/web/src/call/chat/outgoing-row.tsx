import { t } from '@lingui/core/macro';
import type { UnsentMessage } from '@waterbus/react';
import { messageOf } from '../../messages.js';
import { PrivateMark } from './private-row.js';

/** A message of this user that is not stored yet. */
export function OutgoingRow({ unsent: { text, to, failure, retry, giveUp } }: { unsent: UnsentMessage }) {
  return (
    <li className="message outgoing" data-own="">
      <p className="message-head">
        <strong>{t`You`}</strong>
        {failure === undefined && <span>{t`Sending…`}</span>}
      </p>
      {to !== undefined && <PrivateMark to={to} />}
      <p className="message-text">{text}</p>
      {failure !== undefined && (
        <div className="message-failure">
          <p role="alert">{t`Not sent. ${{ failure: messageOf(failure) }}`}</p>
          <div className="small-buttons">
            <button type="button" className="small-button primary" onClick={retry}>
              {t`Try again`}
            </button>
            <button type="button" className="small-button" onClick={giveUp}>
              {t`Discard`}
            </button>
          </div>
        </div>
      )}
    </li>
  );
}
