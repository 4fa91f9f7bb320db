import { type ReactNode, useEffect, useRef } from 'react';
import { Brand } from '../parts/brand.js';
import { Link } from '../parts/link.js';

/** A page that says one thing and shows the ways on. */
export function Notice({ title, text, children }: { title: string; text: string; children?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  // Whoever listens to the page instead of seeing it hears what it is about.
  useEffect(() => heading.current?.focus(), []);
  return (
    <div className="page">
      <header className="page-header">
        <Brand />
      </header>
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
      </main>
    </div>
  );
}
