import type { MouseEvent, ReactNode } from 'react';
import { navigate } from './use-route.js';

/**
 * A link within the app: no page load, unless it is opened in another tab. `current`: to the page
 * that is shown.
 */
export function Link(props: { to: string; className?: string; current?: boolean; children: ReactNode }) {
  const { to, className, current, children } = props;
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to);
  };
  return (
    <a className={className} href={to} aria-current={current ? 'page' : undefined} onClick={follow}>
      {children}
    </a>
  );
}
