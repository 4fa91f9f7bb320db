import type { ButtonHTMLAttributes, ReactNode } from 'react';

/** A round button with an icon. Its name says what pressing it does; the tooltip shows the name and the key that does the same. */
export function RoundButton({
  name,
  icon,
  tone = 'plain',
  shortcut,
  ...button
}: {
  name: string;
  icon: ReactNode;
  /** `off`: what it switches is off. `active`: it is on, and that is noteworthy. */
  tone?: 'plain' | 'off' | 'active' | 'danger';
  shortcut?: string;
} & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button type="button" {...button} className={`round-button ${tone}`} aria-label={name} aria-keyshortcuts={shortcut}>
      {icon}
      <span className="tooltip" aria-hidden="true">
        {name}
        {shortcut && <kbd>{shortcut.toUpperCase()}</kbd>}
      </span>
    </button>
  );
}
