import { CodedError } from '@waterbus/protocol';
import { eq } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { identities, users } from '../database/schema.js';
import { mailConfigured } from '../mail/mail-queue.js';
import type { MailSettings } from '../mail/mail-sender.js';

/**
 * Rejects with `account.not_verified` unless the user is verified: by their address or by an
 * identity provider. If the server sends no mail, nobody can verify an address, and all users pass.
 */
export async function checkVerified(
  parts: { options: { mail?: MailSettings } },
  queries: Pick<Queries, 'select'>,
  userId: string,
): Promise<void> {
  if (!mailConfigured(parts)) return;
  const [user] = await queries
    .select({ verifiedAt: users.emailVerifiedAt, issuer: identities.issuer })
    .from(users)
    .leftJoin(identities, eq(identities.userId, users.id))
    .where(eq(users.id, userId))
    .limit(1);
  if (!user?.verifiedAt && !user?.issuer) throw new CodedError('account.not_verified');
}
