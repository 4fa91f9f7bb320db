import { type ReactNode, useEffect } from 'react';
import { brand } from '../brand.js';
import { PageFooter } from '../frame/page-footer.js';
import { PageHeader } from '../frame/page-header.js';

/** A page with one form on it. */
export function FormPage({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · ${brand.name}`;
  }, [title]);
  return (
    <div className="page">
      <PageHeader next={null} />
      <main className="account-form">
        <h1>{title}</h1>
        {children}
      </main>
      <PageFooter />
    </div>
  );
}
