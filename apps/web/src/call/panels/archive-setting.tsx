import { t } from '@lingui/core/macro';
import type { CallModeration, Meeting } from '@waterbus/client';
import { useState } from 'react';
import { messageOf } from '../../messages.js';
import { ConfirmDialog } from './confirm-dialog.js';

/** Ends the meeting for everybody, for the host. */
export function ArchiveSetting(props: {
  call: { moderation: Pick<CallModeration, 'archive'> };
  onDone?: (meeting: Meeting) => void;
}) {
  const { call, onDone } = props;
  const [asking, setAsking] = useState(false);
  const [failure, setFailure] = useState<string>();
  return (
    <section className="password-setting">
      <div className="small-buttons">
        <button type="button" className="small-button" aria-haspopup="dialog" onClick={() => setAsking(true)}>
          {t`End the meeting for everyone`}
        </button>
      </div>
      {failure && (
        <p className="form-error" role="alert">
          {failure}
        </p>
      )}
      {asking && (
        <ConfirmDialog
          title={t`End the meeting for everyone?`}
          confirm={t`End meeting`}
          onConfirm={() => call.moderation.archive().then(onDone, (error) => setFailure(messageOf(error)))}
          onClose={() => setAsking(false)}
        >
          {t`The call ends now, and nobody can join this meeting again. Members can still read its chat.`}
        </ConfirmDialog>
      )}
    </section>
  );
}
