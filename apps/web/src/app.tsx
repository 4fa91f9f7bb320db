import { lazy, type ReactNode, Suspense } from 'react';
import { AccountPage } from './account/account-page.js';
import { CreateAccountPage } from './account/create-account-page.js';
import { ForgotPasswordPage } from './account/forgot-password-page.js';
import { InvitationPage } from './account/invitation-page.js';
import { ResetPasswordPage } from './account/reset-password-page.js';
import { SignInPage } from './account/sign-in-page.js';
import { SignedInPage } from './account/signed-in-page.js';
import { VerifyEmailPage } from './account/verify-email-page.js';
import { NothingHere } from './frame/nothing-here.js';
import { OutsideTestPage } from './outside-test/outside-test-page.js';
import { HomePage } from './pages/home-page.js';
import { MeetingPage } from './pages/meeting-page.js';
import { Toasts } from './parts/toasts-view.js';
import type { Route } from './routing/route.js';
import { useRoute } from './routing/use-route.js';
import { useProfileReading } from './sign-in/use-account.js';

export function App() {
  const route = useRoute();
  useProfileReading();
  return (
    <>
      {pageOf(route)}
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
    case 'sign-in':
      return <SignInPage />;
    case 'create-account':
      return <CreateAccountPage />;
    case 'signed-in':
      return <SignedInPage />;
    case 'forgot-password':
      return <ForgotPasswordPage />;
    case 'reset-password':
      return <ResetPasswordPage />;
    case 'verify-email':
      return <VerifyEmailPage />;
    case 'invitation':
      return <InvitationPage />;
    case 'account':
      return <AccountPage />;
    case 'outside-test':
      return <OutsideTestPage />;
    case 'admin':
      return (
        <Suspense>
          <AdminPage section={route.section} />
        </Suspense>
      );
    case 'unknown':
      return <NothingHere />;
  }
}

/** For few users: not part of the page that everybody loads. */
const AdminPage = lazy(() => import('./admin/admin-page.js'));
