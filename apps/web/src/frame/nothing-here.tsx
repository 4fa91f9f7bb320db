import { t } from '@lingui/core/macro';
import { Notice } from './notice.js';

/** The page of an unknown address, and of one that is not for this user. */
export function NothingHere() {
  return <Notice title={t`Page not found`} text={t`Check the address, or go to the home page.`} />;
}
