import { type ReactNode, useEffect } from 'react';
import '../styles/admin.css';
import { NothingHere } from '../frame/nothing-here.js';
import { PageHeader } from '../frame/page-header.js';
import { Link } from '../routing/link.js';
import { Redirect } from '../routing/redirect.js';
import { withNext } from '../sign-in/next.js';
import { useAccount } from '../sign-in/use-account.js';
import { SettingsSection } from './settings-section.js';

/** The administration of the server. For users that are no administrators, an unknown address. */
export default function AdminPage({ section }: { section: string }) {
  const { signedIn, user } = useAccount();
  const shown = section === '' ? 'settings' : section;
  const found = sections.find(({ path }) => path === shown);
  const allowed = signedIn && user?.administrator;
  useEffect(() => {
    if (allowed && found) document.title = `${found.title} · Administration · Waterbus`;
  }, [allowed, found]);
  if (!signedIn) return <Redirect to={withNext('/sign-in', '/admin')} />;
  // The app reads the profile.
  if (!user) return <p className="loading">Opening…</p>;
  if (!allowed || !found) return <NothingHere />;
  return (
    <div className="page admin-page">
      <PageHeader />
      <div className="admin">
        <nav aria-label="Administration" className="admin-nav">
          {sections.map(({ path, title }) => (
            <Link key={path} to={`/admin/${path}`} current={path === shown}>
              {title}
            </Link>
          ))}
        </nav>
        <main className="admin-main">{<found.Content key={found.path} />}</main>
      </div>
    </div>
  );
}

const sections: { path: string; title: string; Content: () => ReactNode }[] = [
  { path: 'settings', title: 'Settings', Content: SettingsSection },
];
