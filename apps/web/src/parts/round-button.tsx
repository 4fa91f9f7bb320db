import type { ButtonHTMLAttributes, ReactNode } from 'react';

/**
 * A round button with an icon. Its name describes the action; the tooltip shows the name and the
 * shortcut key.
 */
export function RoundButton({
  name,
  icon,
  tone = 'plain',
  shortcut,
  badge,
  label,
  ...button
}: {
  name: string;
  icon: ReactNode;
  /** `off`: the switched device is off. `active`: it is on, which is noteworthy. */
  tone?: 'plain' | 'off' | 'active' | 'danger';
  shortcut?: string | undefined;
  /** A number at its edge, and what it counts: "3 unread". */
  badge?: { count: number; meaning: string } | undefined;
  /** A word below it on phones, where no tooltip explains the icon. */
  label?: string;
} & ButtonHTMLAttributes<HTMLButtonElement>) {
  const described = badge ? `${name}, ${badge.meaning}` : name;
  // The name contains the word where that is shown (WCAG 2.5.3): people call a button what they see.
  const isPart = !label || described.toLowerCase().includes(label.toLowerCase());
  return (
    <button
      type="button"
      {...button}
      className={`round-button ${tone}`}
      aria-label={isPart ? described : undefined}
      aria-keyshortcuts={shortcut}
    >
      {!isPart && <span className="visually-hidden">{described} </span>}
      {icon}
      {badge && (
        <span className="badge" aria-hidden="true">
          {badge.count > 99 ? '99+' : badge.count}
        </span>
      )}
      {label && (
        <span className="round-label" aria-hidden={isPart}>
          {label}
        </span>
      )}
      <span className="tooltip" aria-hidden="true">
        {name}
        {shortcut && <kbd>{shortcut.toUpperCase()}</kbd>}
      </span>
    </button>
  );
}
