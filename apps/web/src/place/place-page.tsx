import { t } from '@lingui/core/macro';
import { QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { brand } from '../brand.js';
import { Notice } from '../frame/notice.js';
import { PageHeader } from '../frame/page-header.js';
import { SectionNav } from '../frame/section-nav.js';
import { isMeetingMissing, messageOf } from '../messages.js';
import { queries } from '../queries.js';
import { Link } from '../routing/link.js';
import { Redirect } from '../routing/redirect.js';
import { meetingPath, type PlaceSection, placePath } from '../routing/route.js';
import { withNext } from '../sign-in/next.js';
import { useAccount } from '../sign-in/use-account.js';
import { ChatSection } from './chat-section.js';
import { FilesSection } from './files-section.js';
import { HistorySection } from './history-section.js';
import { OverviewSection } from './overview-section.js';
import { PeopleSection } from './people-section.js';
import { PollsSection } from './polls-section.js';
import { SettingsSection } from './settings-section.js';
import { type Place, PlaceProvider, useMeetingPlace } from './use-place.js';
// Of the parts that the call's dialogs have too.
import '../styles/panels.css';
import '../styles/people.css';
import '../styles/meeting-settings.css';
import '../styles/account.css';
import '../styles/place.css';

/** A meeting outside of its call, for its members. */
export default function PlacePage(props: { code: string; section: PlaceSection }) {
  return (
    <QueryClientProvider client={queries}>
      <OpenPlace {...props} />
    </QueryClientProvider>
  );
}

function OpenPlace({ code, section }: { code: string; section: PlaceSection }) {
  const { signedIn, userId } = useAccount();
  const { place, query } = useMeetingPlace(code, userId);
  const shown = sections().find(({ path, offered }) => path === section && place && offered(place));
  const title = place?.meeting.title;
  useEffect(() => {
    document.title = [title && shown?.title, title, brand.name].filter(Boolean).join(' · ');
  }, [shown, title]);
  if (query.isPending) return <p className="loading">{t`Opening the meeting…`}</p>;
  if (query.isError && !query.data) {
    if (isMeetingMissing(query.error)) return <NotForReader signedIn={signedIn} code={code} section={section} />;
    return (
      <Notice title={t`The meeting could not be opened`} text={messageOf(query.error)}>
        <button type="button" className="button primary" onClick={() => void query.refetch()}>
          {t`Try again`}
        </button>
      </Notice>
    );
  }
  if (!place) return <NotForReader signedIn={signedIn} code={code} section={section} />;
  // For other roles; or the meeting has ended for everyone a moment ago.
  if (!shown) return <Redirect to={placePath(code)} />;
  return (
    <PlaceProvider value={place}>
      <Frame place={place} current={section}>
        <shown.Content key={section} />
      </Frame>
    </PlaceProvider>
  );
}

function Frame({ place, current, children }: { place: Place; current: PlaceSection; children: ReactNode }) {
  const { meeting } = place;
  return (
    <div className="page">
      <PageHeader />
      <div className="place">
        <section className="place-head" aria-labelledby="place-title">
          <div className="place-title">
            <h1 id="place-title">{meeting.title}</h1>
            <p>{place.archived ? t`Ended for everyone` : meeting.code}</p>
          </div>
          {!place.archived && (
            <Link to={meetingPath(meeting.code)} className="button primary">
              {t`Join`}
            </Link>
          )}
        </section>
        <SectionNav
          label={t`Meeting`}
          current={current}
          sections={sections().filter(({ offered }) => offered(place))}
          linkTo={(path) => placePath(meeting.code, path as PlaceSection)}
        />
        <main className="place-main">{children}</main>
      </div>
    </div>
  );
}

function NotForReader({ signedIn, code, section }: { signedIn: boolean; code: string; section: PlaceSection }) {
  if (signedIn) {
    return (
      <Notice
        title={t`This page is for members`}
        text={t`You can join the call with its link, if the meeting is open to you.`}
      >
        <Link to={meetingPath(code)} className="button primary">
          {t`Go to the call`}
        </Link>
      </Notice>
    );
  }
  return (
    <Notice
      title={t`This page is for members`}
      text={t`Sign in to see it. To join the call you may not need an account.`}
    >
      <Link to={withNext('/sign-in', placePath(code, section))} className="button primary">
        {t`Sign in`}
      </Link>
      <Link to={meetingPath(code)} className="button">
        {t`Go to the call`}
      </Link>
    </Notice>
  );
}

const always = () => true;
const sections = (): {
  path: PlaceSection;
  title: string;
  Content: () => ReactNode;
  offered: (place: Place) => boolean;
}[] => [
  { path: 'overview', title: t`Overview`, Content: OverviewSection, offered: always },
  { path: 'people', title: t`People`, Content: PeopleSection, offered: always },
  {
    path: 'chat',
    title: t`Chat`,
    Content: ChatSection,
    // A host token reads no conversations.
    offered: ({ meeting }) => meeting.membership?.state === 'joined',
  },
  {
    path: 'files',
    title: t`Files`,
    Content: FilesSection,
    offered: ({ meeting }) => meeting.membership?.state === 'joined',
  },
  { path: 'polls', title: t`Polls`, Content: PollsSection, offered: always },
  { path: 'history', title: t`History`, Content: HistorySection, offered: ({ moderates }) => moderates },
  {
    path: 'settings',
    title: t`Settings`,
    Content: SettingsSection,
    offered: ({ moderates, archived }) => moderates && !archived,
  },
];
