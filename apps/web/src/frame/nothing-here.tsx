import { Notice } from './notice.js';

/** The page of an unknown address, and of one that is not for this user. */
export function NothingHere() {
  return <Notice title="There is nothing at this address" text="Check it, or start from the home page." />;
}
