import type { FastifyInstance } from 'fastify';
import { MailSender } from '../mail/mail-sender.js';
import type { ApiParts } from '../parts.js';
import { addMailedTokenRoutes } from './mailed-token-routes.js';
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
  addMailedTokenRoutes(fastify, parts, sessions, mailedTokens);
  if (parts.options.mail) {
    const sender = new MailSender(parts, parts.options.mail);
    sender.start();
    parts.onClose(() => sender.stop());
  }
}
