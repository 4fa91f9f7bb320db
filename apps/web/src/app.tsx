import { HomePage } from './pages/home-page.js';
import { MeetingPage } from './pages/meeting-page.js';
import { Notice } from './pages/notice.js';
import { Toasts } from './parts/toasts.js';
import { useRoute } from './routing/use-route.js';

export function App() {
  const route = useRoute();
  return (
    <>
      {route.page === 'home' && <HomePage />}
      {route.page === 'meeting' && <MeetingPage key={route.code} code={route.code} />}
      {route.page === 'unknown' && (
        <Notice title="There is nothing at this address" text="Check it, or start from the home page." />
      )}
      <Toasts />
    </>
  );
}
