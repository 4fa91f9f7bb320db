import { type ComponentType, lazy, type ReactNode, Suspense } from 'react';
import { NothingHere } from './frame/nothing-here.js';
import { PageFailure } from './frame/page-failure.js';
import { withTexts } from './language/language.js';
import { useLanguage } from './language/use-language.js';
import { loadOnce } from './parts/load-code.js';
import { Toasts } from './parts/toasts-view.js';
import type { AccountPage, Route } from './routing/route.js';
import { useRoute } from './routing/use-route.js';
import { useProfileReading } from './sign-in/use-account.js';

export function App() {
  const route = useRoute();
  useLanguage();
  useProfileReading();
  return (
    <>
      <PageFailure key={route.page}>
        {/* Nothing: a text would only flicker before a page that arrives in a moment. */}
        <Suspense fallback={null}>{pageOf(route)}</Suspense>
      </PageFailure>
      <Toasts page={route.page} />
    </>
  );
}

function pageOf(route: Route): ReactNode {
  switch (route.page) {
    case 'home':
      return <HomePage />;
    case 'meeting':
      return <MeetingPage key={route.code} code={route.code} />;
    case 'place':
      return <PlacePage key={route.code} code={route.code} section={route.section} />;
    case 'embed':
      return <EmbedPage key={route.code} code={route.code} />;
    case 'outside-test':
      return <OutsideTestPage />;
    case 'admin':
      return <AdminPage section={route.section} />;
    case 'unknown':
      return <NothingHere />;
    default: {
      const Page = accountPages[route.page];
      return <Page />;
    }
  }
}

// The build lets the browser load it beside the first files (apps/web/texts/vite-plugin.ts).
const HomePage = lazy(loadOnce(async () => ({ default: (await import('./pages/home-page.js')).HomePage })));

const MeetingPage = lazy(
  loadOnce(withTexts(['call'], async () => ({ default: (await import('./pages/meeting-page.js')).MeetingPage }))),
);
const OutsideTestPage = lazy(
  loadOnce(
    withTexts(['admin'], async () => ({
      default: (await import('./outside-test/outside-test-page.js')).OutsideTestPage,
    })),
  ),
);

const PlacePage = lazy(loadOnce(withTexts(['call', 'place'], () => import('./place/place-page.js'))));
const EmbedPage = lazy(
  loadOnce(withTexts(['call'], async () => ({ default: (await import('./embed/embed-page.js')).EmbedPage }))),
);

const AdminPage = lazy(loadOnce(withTexts(['account', 'admin'], () => import('./admin/admin-page.js'))));

const loadAccountPages = loadOnce(withTexts(['account'], () => import('./account/pages.js')));
const accountPage = (pick: (pages: Awaited<ReturnType<typeof loadAccountPages>>) => ComponentType) =>
  lazy(async () => ({ default: pick(await loadAccountPages()) }));

const accountPages: Record<AccountPage, ComponentType> = {
  'sign-in': accountPage(({ SignInPage }) => SignInPage),
  'create-account': accountPage(({ CreateAccountPage }) => CreateAccountPage),
  'signed-in': accountPage(({ SignedInPage }) => SignedInPage),
  'forgot-password': accountPage(({ ForgotPasswordPage }) => ForgotPasswordPage),
  'reset-password': accountPage(({ ResetPasswordPage }) => ResetPasswordPage),
  'verify-email': accountPage(({ VerifyEmailPage }) => VerifyEmailPage),
  invitation: accountPage(({ InvitationPage }) => InvitationPage),
  account: accountPage(({ AccountPage }) => AccountPage),
};
