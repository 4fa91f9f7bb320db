import { createAccount } from '@waterbus/client';

/**
 * The signed-in user of this browser, in all its tabs. The refresh token is in a cookie that no
 * script reads.
 */
export const account = createAccount();
