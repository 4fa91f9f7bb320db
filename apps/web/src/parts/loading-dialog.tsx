import { t } from '@lingui/core/macro';
import { X } from 'lucide-react';
import { useLayoutEffect, useRef } from 'react';
import { RoundButton } from './round-button.js';

/**
 * In place of a dialog whose code is loading: the page behind gets no keys. It is visible only when
 * the code takes long. Dialogs that follow it open in a layout effect, so that no key falls between.
 */
export function LoadingDialog({ title, onClose }: { title: string; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const { current } = dialog;
    current?.showModal();
    // The focus returns to the element that the next dialog has to return it to.
    return () => current?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="dialog dialog-loading"
      aria-label={title}
      onClose={onClose}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <header>
        <h2>{title}</h2>
        <RoundButton name={t`Close`} icon={<X />} onClick={() => dialog.current?.close()} />
      </header>
      <p>{t`Loading…`}</p>
    </dialog>
  );
}
