import { createAccount } from '@waterbus/client';
import { currentLanguage, onLanguage } from '../language/language.js';

/**
 * The signed-in user of this browser, in all its tabs. The refresh token is in a cookie that no
 * script reads.
 */
export const account = createAccount();

// For mails to the user, who chooses another language; an earlier server refuses it.
onLanguage(() => {
  const { user } = account.state;
  const language = currentLanguage();
  if (user && user.language !== language) account.updateProfile({ language }).catch(() => {});
});
