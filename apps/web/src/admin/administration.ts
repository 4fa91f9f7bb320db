import { Administration } from '@waterbus/client';
import { account } from '../sign-in/account.js';

/** The administration of the server, as the signed-in user. */
export const administration = new Administration(account);
