import { Integrations } from '@waterbus/client';
import { account } from '../sign-in/account.js';

/** The API keys and webhooks of the signed-in user. */
export const integrations = new Integrations(account);
