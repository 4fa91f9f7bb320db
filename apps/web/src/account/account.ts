import { createAccount, signInInStorage } from '@waterbus/client';

/** Whoever is signed in on this browser, in all its tabs. */
export const account = createAccount({ store: signInInStorage(() => window.localStorage) });
