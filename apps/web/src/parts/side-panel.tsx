import { t } from '@lingui/core/macro';
import { X } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef } from 'react';
import { currentLanguage } from '../language/language.js';
import { RoundButton } from './round-button.js';

/**
 * Beside the tiles where there is room, over them on a phone. Escape closes it. The focus moves into
 * it when it opens, and to the field of a content that is loaded later, unless it was moved before.
 */
export function SidePanel(props: {
  title: string;
  actions?: ReactNode;
  /** The content is there. */
  loaded?: boolean;
  onClose: () => void;
  children: ReactNode;
}) {
  const { title, actions, loaded = true, onClose, children } = props;
  const panel = useRef<HTMLElement>(null);
  const opened = useRef(false);
  // Before a key can reach the call, while the field of before is gone.
  useLayoutEffect(() => {
    const heading = panel.current?.querySelector('h2');
    const focused = document.activeElement;
    // A button to try again is gone when the content is there: the focus is on the body.
    if (opened.current && (!loaded || (focused !== heading && focused !== document.body))) return;
    opened.current = true;
    // On a touch screen, a focused field would open the keyboard over the panel's content.
    const field = window.matchMedia('(pointer: fine)').matches
      ? panel.current?.querySelector<HTMLElement>('textarea:enabled')
      : null;
    (field ?? heading)?.focus();
  }, [loaded]);
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && !event.defaultPrevented) onClose();
  };
  return (
    <aside ref={panel} className="side-panel" aria-label={title} onKeyDown={press}>
      <header>
        <h2 tabIndex={-1}>{title}</h2>
        {actions}
        <RoundButton
          name={t`Close ${{ panel: currentLanguage() === 'en' ? title.toLowerCase() : title }}`}
          icon={<X />}
          onClick={onClose}
        />
      </header>
      {children}
    </aside>
  );
}
