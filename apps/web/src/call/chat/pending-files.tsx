import { t } from '@lingui/core/macro';
import type { Upload, Uploads } from '@waterbus/react';
import { RotateCcw, X } from 'lucide-react';
import { messageOf } from '../../messages.js';

/** The files of the message that is being written, with their progress. */
export function PendingFiles(props: {
  uploads: Uploads;
  list: readonly Upload[];
  /** The clicked button disappears: the focus must go elsewhere. */
  onDone: () => void;
}) {
  const { uploads, list, onDone } = props;
  if (list.length === 0) return null;
  const arrived = list.findLast(({ stored }) => stored)?.name;
  return (
    <>
      <p className="visually-hidden" role="status">
        {arrived !== undefined && t`${{ name: arrived }} is uploaded`}
      </p>
      <ul className="pending-files" aria-label={t`Files to send`}>
        {list.map(({ key, name, progress, stored, failure, refused }) => (
          <li key={key}>
            <span className="file-name">{name}</span>
            {failure !== undefined && <span role="alert">{messageOf(failure)}</span>}
            {failure === undefined && !stored && <progress value={progress} aria-label={t`Uploading ${{ name }}`} />}
            {failure !== undefined && !refused && (
              <button
                type="button"
                className="icon-button"
                aria-label={t`Upload ${{ name }} again`}
                onClick={() => {
                  uploads.retry(key);
                  onDone();
                }}
              >
                <RotateCcw size={16} />
              </button>
            )}
            <button
              type="button"
              className="icon-button"
              aria-label={t`Remove ${{ name }}`}
              onClick={() => {
                uploads.remove(key);
                onDone();
              }}
            >
              <X size={16} />
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
