// Switches.
import '../styles/people.css';
import '../styles/account.css';

/** The pages of accounts, which load together: most visits need none of them. */
export { AccountPage } from './account-page.js';
export { CreateAccountPage } from './create-account-page.js';
export { ForgotPasswordPage } from './forgot-password-page.js';
export { InvitationPage } from './invitation-page.js';
export { ResetPasswordPage } from './reset-password-page.js';
export { SignInPage } from './sign-in-page.js';
export { SignedInPage } from './signed-in-page.js';
export { VerifyEmailPage } from './verify-email-page.js';
