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
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ inline: 'center', block: 'nearest' });
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
