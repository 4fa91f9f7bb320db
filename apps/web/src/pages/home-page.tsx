import { t } from '@lingui/core/macro';
import type { ServerOffer } from '@waterbus/client';
import { lazy, Suspense, useEffect } from 'react';
import { brand } from '../brand.js';
import { PageFooter } from '../frame/page-footer.js';
import { PageHeader } from '../frame/page-header.js';
import { useInstallOffer } from '../install/install-offer.js';
import { withTexts } from '../language/language.js';
import { useOffer } from '../offer/use-offer.js';
import { loadOnce } from '../parts/load-code.js';
import { useAccount } from '../sign-in/use-account.js';
import { CreateForm } from './create-form.js';
import { JoinForm } from './join-form.js';

export function HomePage() {
  const { signedIn, userId } = useAccount();
  const offer = useOffer();
  const install = useInstallOffer();
  const creates =
    offer === undefined || offer.meetingCreation === 'everybody' || (offer.meetingCreation === 'accounts' && signedIn);
  useEffect(() => {
    document.title = brand.name;
  }, []);
  return (
    <div className="page">
      <PageHeader />
      <main className={signedIn ? 'home signed-in' : 'home'}>
        {/* A user that signs in in another tab has other meetings. */}
        {signedIn ? (
          <Suspense fallback={<div />}>
            <YourMeetings key={userId} />
          </Suspense>
        ) : (
          <Introduction offer={offer} />
        )}
        <div className="home-forms">
          {creates && <CreateForm />}
          <JoinForm />
        </div>
      </main>
      <PageFooter install={install} />
    </div>
  );
}

function Introduction({ offer }: { offer: ServerOffer | undefined }) {
  return (
    <div className="home-intro">
      <h1>{t`Video meetings on your own server`}</h1>
      <p>{introductionOf(offer)}</p>
    </div>
  );
}

function introductionOf(offer: ServerOffer | undefined): string {
  const everybody = (offer?.meetingCreation ?? 'everybody') === 'everybody';
  const guests = offer?.guests ?? true;
  if (everybody && guests) {
    return t`Create a meeting, share its link, and talk. There is nothing to install, and nobody needs an account.`;
  }
  if (everybody)
    return t`Create a meeting, share its link, and talk. There is nothing to install. You need an account to join.`;
  return guests
    ? t`Open the link of a meeting, and talk. There is nothing to install, and guests need no account.`
    : t`Sign in, open the link of a meeting, and talk. There is nothing to install.`;
}

/** Visitors without an account do not load it. */
const YourMeetings = lazy(
  loadOnce(
    withTexts(['account'], async () => ({ default: (await import('../account/your-meetings.js')).YourMeetings })),
  ),
);
