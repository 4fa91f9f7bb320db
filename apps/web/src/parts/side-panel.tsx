import { t } from '@lingui/core/macro';
import { X } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react';
import { currentLanguage } from '../language/language.js';
import { RoundButton } from './round-button.js';

/** Beside the tiles where there is room, over them on a phone. Escape closes it. */
export function SidePanel(props: { title: string; actions?: ReactNode; onClose: () => void; children: ReactNode }) {
  const { title, actions, onClose, children } = props;
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a touch screen, a focused field would open the keyboard over the panel's content.
    const field = window.matchMedia('(pointer: fine)').matches
      ? panel.current?.querySelector<HTMLElement>('textarea:enabled')
      : null;
    (field ?? panel.current?.querySelector('h2'))?.focus();
  }, []);
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
