import type { User } from '@waterbus/protocol';
import { avatarUrl } from '../avatars/avatar-url.js';
import type { UserRow } from '../database/schema.js';
import type { ApiParts } from '../parts.js';

/** The user's own account in the API. */
export function shownUser(row: UserRow, { administrators }: Pick<ApiParts, 'administrators'>): User {
  return {
    id: row.id,
    email: row.email,
    emailVerified: row.emailVerifiedAt !== null,
    name: row.name,
    avatarUrl: avatarUrl(row.avatarId),
    language: row.language,
    hasPassword: row.passwordHash !== null,
    administrator: administrators.include(row),
    createdAt: row.createdAt.toISOString(),
  };
}
