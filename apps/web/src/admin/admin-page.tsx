import { t } from '@lingui/core/macro';
import type { User } from '@waterbus/client';
import { type ReactNode, useEffect } from 'react';
import { brand } from '../brand.js';
import '../styles/admin.css';
import { useConfirmation } from '../account/use-confirmation.js';
import { NothingHere } from '../frame/nothing-here.js';
import { PageHeader } from '../frame/page-header.js';
import { SectionNav } from '../frame/section-nav.js';
import { Redirect } from '../routing/redirect.js';
import { withNext } from '../sign-in/next.js';
import { useAccount } from '../sign-in/use-account.js';
import { ApiKeysSection } from './api-keys-section.js';
import { ChangesSection } from './changes-section.js';
import { ConfirmedContext } from './confirmed.js';
import { MeetingsSection } from './meetings-section.js';
import { NodesSection } from './nodes-section.js';
import { QualitySection } from './quality-section.js';
import { SettingsSection } from './settings-section.js';
import { StorageSection } from './storage-section.js';
import { UsersSection } from './users-section.js';
import { WebhooksSection } from './webhooks-section.js';

/** The administration of the server. For users that are no administrators, an unknown address. */
export default function AdminPage({ section }: { section: string }) {
  const { signedIn, user } = useAccount();
  const shown = section === '' ? 'servers' : section;
  const found = sections().find(({ path }) => path === shown);
  const allowed = signedIn && user?.administrator;
  useEffect(() => {
    if (allowed && found) document.title = t`${{ title: found.title }} · Administration · ${{ brand: brand.name }}`;
  }, [allowed, found]);
  if (!signedIn) return <Redirect to={withNext('/sign-in', '/admin')} />;
  // The app reads the profile.
  if (!user) return <p className="loading">{t`Opening…`}</p>;
  if (!allowed || !found) return <NothingHere />;
  return <Administration user={user} found={found} />;
}

function Administration({ user, found }: { user: User; found: AdminSection }) {
  const { confirmed, dialog } = useConfirmation(user);
  return (
    <div className="page">
      <PageHeader />
      <div className="admin">
        <SectionNav
          label={t`Administration`}
          current={found.path}
          sections={sections()}
          linkTo={(path) => `/admin/${path}`}
        />
        <main className="admin-main">
          <ConfirmedContext value={confirmed}>
            <found.Content key={found.path} />
          </ConfirmedContext>
        </main>
      </div>
      {dialog}
    </div>
  );
}

interface AdminSection {
  path: string;
  title: string;
  Content: () => ReactNode;
}

const sections = (): AdminSection[] => [
  { path: 'servers', title: t`Servers`, Content: NodesSection },
  { path: 'meetings', title: t`Live meetings`, Content: MeetingsSection },
  { path: 'quality', title: t`Call quality`, Content: QualitySection },
  { path: 'users', title: t`Users`, Content: UsersSection },
  { path: 'api-keys', title: t`API keys`, Content: ApiKeysSection },
  { path: 'webhooks', title: t`Webhooks`, Content: WebhooksSection },
  { path: 'storage', title: t`Storage`, Content: StorageSection },
  { path: 'settings', title: t`Settings`, Content: SettingsSection },
  { path: 'changes', title: t`Changes`, Content: ChangesSection },
];
