import { t } from '@lingui/core/macro';
import { EllipsisVertical, Pencil, Reply, SmilePlus, Trash2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { messageOf } from '../../messages.js';
import { toast } from '../../parts/toasts.js';

/**
 * The buttons of a message: over it while the pointer is there; on a touch screen behind one
 * button. Those without a function are not shown.
 */
export function MessageActions(props: {
  onReact: (() => void) | undefined;
  onReply: (() => void) | undefined;
  onEdit: (() => void) | undefined;
  onDelete: (() => void) | undefined;
}) {
  const [open, setOpen] = useState(false);
  const action = (name: string, icon: ReactNode, act: (() => void) | undefined) =>
    act && (
      <button
        type="button"
        className="icon-button"
        aria-label={name}
        title={name}
        onClick={() => {
          setOpen(false);
          act();
        }}
      >
        {icon}
      </button>
    );
  return (
    <div className="message-menu">
      <button
        type="button"
        className="icon-button message-more"
        aria-label={t`Message actions`}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <EllipsisVertical size={16} />
      </button>
      <div className="message-actions" data-open={open ? '' : undefined}>
        {action(t`Add reaction`, <SmilePlus size={16} />, props.onReact)}
        {action(t`Reply`, <Reply size={16} />, props.onReply)}
        {action(t`Edit message`, <Pencil size={16} />, props.onEdit)}
        {action(t`Delete message`, <Trash2 size={16} />, props.onDelete)}
      </div>
    </div>
  );
}

/** Shows why a message was not deleted. */
export function removing(removal: Promise<void>): void {
  removal.catch((error) => toast(t`The message could not be deleted. ${{ reason: messageOf(error) }}`));
}
