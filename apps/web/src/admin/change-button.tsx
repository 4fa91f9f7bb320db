import { useSubmission } from '../account/use-submission.js';
import { messageOf } from '../messages.js';
import { toast } from '../parts/toasts.js';
import { useConfirmed } from './confirmed.js';

/**
 * A button that changes something on the server, once the user has confirmed `question`, if there is
 * one, and the session, if the server requires it. A failure is a toast: a table's row has no room.
 */
export function ChangeButton(props: {
  label: string;
  /** The accessible name, where the label alone does not name the object. */
  name: string;
  question?: string;
  change: () => Promise<void>;
  done: string;
}) {
  const { label, name, question, change, done } = props;
  const confirmed = useConfirmed();
  const { busy, run } = useSubmission(async () => {
    if (question !== undefined && !window.confirm(question)) return;
    try {
      await confirmed(change);
      toast(done);
    } catch (error) {
      toast(messageOf(error));
    }
  });
  return (
    <button type="button" className="button small" aria-label={name} aria-disabled={busy} onClick={() => void run()}>
      {label}
    </button>
  );
}
