import type { FastifyInstance } from 'fastify';
import type { ApiParts } from '../parts.js';
import { MailedTokens } from './mailed-tokens.js';
import { addRegistrationRoutes } from './registration-routes.js';
import { addSessionRoutes } from './session-routes.js';
import { Sessions } from './sessions.js';

/** Everything a person does with an account, but for signing in through an identity provider. */
export async function addAccountRoutes(fastify: FastifyInstance, parts: ApiParts): Promise<void> {
  const sessions = new Sessions(parts);
  const mailedTokens = new MailedTokens(parts);
  addRegistrationRoutes(fastify, parts, sessions, mailedTokens);
  addSessionRoutes(fastify, parts, sessions);
}
