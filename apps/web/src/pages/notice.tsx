import { type ReactNode, useEffect, useRef } from 'react';
import { Link } from '../parts/link.js';
import { PageHeader } from '../parts/page-header.js';

/** A page that says one thing and shows the ways on. `below`: what came of going one of them. */
export function Notice(props: { title: string; text: string; children?: ReactNode; below?: ReactNode }) {
  const { title, text, children, below } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  // Whoever listens to the page instead of seeing it hears what it is about.
  useEffect(() => heading.current?.focus(), []);
  return (
    <div className="page">
      <PageHeader />
      <main className="notice">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        <p>{text}</p>
        <div className="notice-actions">
          {children}
          <Link to="/" className="button">
            Home
          </Link>
        </div>
        {below}
      </main>
    </div>
  );
}
