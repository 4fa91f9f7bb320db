import { t } from '@lingui/core/macro';
import { type ReactNode, useEffect, useRef } from 'react';
import { Link } from '../routing/link.js';
import { PageHeader } from './page-header.js';

/** A page with one message and the next steps. `below`: the result of one of them. */
export function Notice(props: { title: string; text: string; children?: ReactNode; below?: ReactNode }) {
  const { title, text, children, below } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  // Screen readers then announce the page's subject.
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
            {t`Home`}
          </Link>
        </div>
        {below}
      </main>
    </div>
  );
}
