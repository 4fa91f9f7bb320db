import '../styles/section-nav.css';
import { useEffect, useRef } from 'react';
import { Link } from '../routing/link.js';

/** Links to the sections of a page. Where they do not fit, the row scrolls to the current one. */
export function SectionNav(props: {
  label: string;
  /** Path of the shown section. */
  current: string;
  sections: readonly { path: string; title: string }[];
  linkTo: (path: string) => string;
}) {
  const { label, current, sections, linkTo } = props;
  const nav = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the current link is another element.
  useEffect(() => {
    const row = nav.current;
    if (!row) return;
    // At first, and in a window of another width.
    const observer = new ResizeObserver(() => {
      const link = row.querySelector('[aria-current]');
      // Sideways only: the page stays where it is.
      if (link) row.scrollBy({ left: middleOf(link) - middleOf(row) });
    });
    observer.observe(row);
    return () => observer.disconnect();
  }, [current]);
  return (
    <nav ref={nav} aria-label={label} className="section-nav">
      {sections.map(({ path, title }) => (
        <Link key={path} to={linkTo(path)} current={path === current}>
          {title}
        </Link>
      ))}
    </nav>
  );
}

function middleOf(element: Element): number {
  const { left, width } = element.getBoundingClientRect();
  return left + width / 2;
}
