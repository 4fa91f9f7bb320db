import { Notice } from './notice.js';

/** The page of an unknown address, and of one that is not for this user. */
export function NothingHere() {
  return <Notice title="Page not found" text="Check the address, or go to the home page." />;
}
