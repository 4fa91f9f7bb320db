import type { FastifyInstance } from 'fastify';
import { openAvatars } from '../avatars/open-avatars.js';
import { MailSender } from '../mail/mail-sender.js';
import type { ApiParts } from '../parts.js';
import { addSecondFactorRoutes } from '../second-factors/second-factor-routes.js';
import { addSecondStepRoutes } from '../second-factors/second-step-routes.js';
import { SignIns } from '../second-factors/sign-ins.js';
import { SessionCookie } from '../sessions/session-cookie.js';
import { Sessions } from '../sessions/sessions.js';
import type { StorageOptions } from '../storage/open-storage.js';
import { addAvatarRoutes } from './avatar-routes.js';
import { startExpiringAccounts } from './expire-accounts.js';
import { addMailedTokenRoutes } from './mailed-token-routes.js';
import { MailedTokens } from './mailed-tokens.js';
import { addProfileRoutes } from './profile-routes.js';
import { addRegistrationRoutes } from './registration-routes.js';
import { addSessionRoutes } from './session-routes.js';

/** All routes of an account, except sign-in through an identity provider. */
export async function addAccountRoutes(
  fastify: FastifyInstance,
  parts: ApiParts,
  options: StorageOptions,
): Promise<void> {
  const sessions = new Sessions(parts);
  const cookie = new SessionCookie(parts.options);
  const signIns = new SignIns(parts);
  const mailedTokens = new MailedTokens(parts);
  addRegistrationRoutes(fastify, parts, signIns, mailedTokens);
  addSecondStepRoutes(fastify, parts, signIns);
  addSecondFactorRoutes(fastify, parts, signIns);
  addSessionRoutes(fastify, parts, sessions, cookie);
  addMailedTokenRoutes(fastify, parts, mailedTokens);
  const avatars = openAvatars(options);
  addProfileRoutes(fastify, parts, avatars);
  await addAvatarRoutes(fastify, parts, avatars);
  await parts.workers.add(() => startExpiringAccounts(parts, avatars));
  const { mail } = parts.options;
  if (!mail) return;
  await parts.workers.add(() => {
    const sender = new MailSender(parts, mail);
    sender.start();
    return () => sender.stop();
  });
}
