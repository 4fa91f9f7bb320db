import { t } from '@lingui/core/macro';
import type { Outgoing } from '@waterbus/react';
import { messageOf } from '../../messages.js';
import { PrivateMark } from './private-row.js';

/** A message of this user that is not stored yet. */
export function OutgoingRow(props: {
  outgoing: Pick<Outgoing, 'text' | 'failure'>;
  /** The name of the only receiver. */
  to?: string;
  onRetry: () => void;
  onGiveUp: () => void;
}) {
  const { outgoing, onRetry, onGiveUp } = props;
  return (
    <li className="message outgoing" data-own="">
      <p className="message-head">
        <strong>{t`You`}</strong>
        {outgoing.failure === undefined && <span>{t`Sending…`}</span>}
      </p>
      {props.to !== undefined && <PrivateMark to={props.to} />}
      <p className="message-text">{outgoing.text}</p>
      {outgoing.failure !== undefined && (
        <div className="message-failure">
          <p role="alert">{t`Not sent. ${{ failure: messageOf(outgoing.failure) }}`}</p>
          <div className="small-buttons">
            <button type="button" className="small-button primary" onClick={onRetry}>
              {t`Try again`}
            </button>
            <button type="button" className="small-button" onClick={onGiveUp}>
              {t`Discard`}
            </button>
          </div>
        </div>
      )}
    </li>
  );
}
