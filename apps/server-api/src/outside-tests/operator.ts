import { systemClock } from '@waterbus/cluster';
import { OPERATOR_TOKEN_AUDIENCE } from '@waterbus/protocol';
import { ApiTokens } from '../access/access-tokens.js';

/** A token for one request of an operator's command, which has read the server's secret. */
export function operatorToken(secret: string | Uint8Array): string {
  return new ApiTokens(secret, systemClock).sign(OPERATOR_TOKEN_AUDIENCE, {}, LIFETIME);
}

/** Seconds. The command runs on a machine of the servers. */
const LIFETIME = 60;
