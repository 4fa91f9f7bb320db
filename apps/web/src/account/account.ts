import { createAccount } from '@waterbus/client';

/** Whoever is signed in on this browser, in all its tabs. The refresh token is in a cookie that no script reads. */
export const account = createAccount();
