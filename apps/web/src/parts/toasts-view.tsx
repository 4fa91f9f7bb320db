import { t } from '@lingui/core/macro';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { currentLanguage } from '../language/language.js';
import { liesOver } from './lies-over.js';
import { type Toast, toastList } from './toasts.js';

/**
 * The only place of toasts. Always present: a live region must exist before its content changes.
 */
export function Toasts({ page }: { page: string }) {
  const toasts = useSyncExternalStore(toastList.subscribe, () => toastList.toasts);
  useEffect(() => () => void (page && toastList.clear()), [page]);
  const region = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (toasts.length === 0) return;
    let frame = 0;
    const look = () => {
      frame = 0;
      const { current } = region;
      const focused = document.activeElement;
      if (!current || !focused || current.contains(focused)) return;
      current.removeAttribute('data-aside');
      const covers = focused !== document.body && liesOver(current, focused);
      current.toggleAttribute('data-aside', covers);
    };
    // With the next picture, which needs the layout anyway.
    const lookNext = () => {
      if (frame === 0) frame = requestAnimationFrame(look);
    };
    lookNext();
    document.addEventListener('focusin', lookNext);
    return () => {
      document.removeEventListener('focusin', lookNext);
      cancelAnimationFrame(frame);
    };
  }, [toasts]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pointer and focus only pause timers
    <div
      ref={region}
      className="toasts"
      onPointerEnter={() => toastList.hold(true)}
      onPointerLeave={() => toastList.hold(false)}
      onFocus={() => toastList.hold(true)}
      onBlur={() => toastList.hold(false)}
    >
      <div role="status" aria-atomic="false">
        {toasts.map((toast) => (
          <ToastView key={toast.id} toast={toast} />
        ))}
      </div>
    </div>
  );
}

function ToastView({ toast: { id, text, actions = [] } }: { toast: Toast }) {
  // A message stays as it was written when the user chooses another language.
  const [language] = useState(currentLanguage);
  return (
    <div className="toast">
      <p lang={language} dir="auto">
        {text}
      </p>
      {actions.map(({ label, name, act }) => (
        <button
          key={label}
          type="button"
          className="toast-action"
          aria-label={name}
          onClick={() => {
            toastList.dismiss(id);
            act();
          }}
        >
          {label}
        </button>
      ))}
      <button type="button" className="toast-close" aria-label={t`Dismiss`} onClick={() => toastList.dismiss(id)}>
        <Cross />
      </button>
    </div>
  );
}

/** Drawn here: the first page needs no other icon, and the icon library is larger than all of toasts. */
function Cross() {
  return (
    <svg width="16" height="16" viewBox="0 0 24 24" stroke="currentColor" strokeWidth="2" aria-hidden="true">
      <path d="M18 6 6 18M6 6l12 12" strokeLinecap="round" />
    </svg>
  );
}
