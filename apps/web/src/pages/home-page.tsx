import { useEffect } from 'react';
import { useAccount } from '../account/use-account.js';
import { YourMeetings } from '../account/your-meetings.js';
import { PageHeader } from '../parts/page-header.js';
import { CreateForm } from './create-form.js';
import { JoinForm } from './join-form.js';

export function HomePage() {
  const { signedIn, userId } = useAccount();
  useEffect(() => {
    document.title = 'Waterbus';
  }, []);
  return (
    <div className="page">
      <PageHeader />
      <main className={signedIn ? 'home signed-in' : 'home'}>
        {/* Somebody else in another tab has other meetings. */}
        {signedIn ? <YourMeetings key={userId} /> : <Introduction />}
        <div className="home-forms">
          <CreateForm />
          <JoinForm />
        </div>
      </main>
    </div>
  );
}

function Introduction() {
  return (
    <div className="home-intro">
      <h1>Video meetings on your own server</h1>
      <p>Create a meeting, share its link, and talk. There is nothing to install, and nobody needs an account.</p>
    </div>
  );
}
