import type { Member, Page } from '@waterbus/protocol';
import { and, asc, eq } from 'drizzle-orm';
import { avatarUrl } from '../avatars/avatar-url.js';
import type { Queries } from '../database/database.js';
import { type MemberRow, members, type UserRow, users } from '../database/schema.js';
import { beyond, pageOfRows } from '../http/paging.js';

/** `addresses`: includes those of invited members. */
export async function membersOf(
  queries: Queries,
  meetingId: string,
  { cursor, limit, addresses }: { cursor?: string | undefined; limit: number; addresses: boolean },
): Promise<Page<Member>> {
  const rows = await withUsers(queries)
    .where(
      and(eq(members.meetingId, meetingId), beyond(cursor, { at: members.createdAt, id: members.id }, 'ascending')),
    )
    .orderBy(asc(members.createdAt), asc(members.id))
    .limit(limit + 1);
  return pageOfRows(
    rows,
    limit,
    ({ member }) => ({ at: member.createdAt, id: member.id }),
    (row) => shownMember(row, addresses),
  );
}

/** A member that certainly exists. */
export async function memberWithId(queries: Queries, id: string, addresses: boolean): Promise<Member> {
  const [row] = await withUsers(queries).where(eq(members.id, id));
  if (!row) throw new Error(`member ${id} is gone`);
  return shownMember(row, addresses);
}

function withUsers(queries: Queries) {
  return queries
    .select({ member: shownColumns, user: { id: users.id, name: users.name, avatarId: users.avatarId } })
    .from(members)
    .leftJoin(users, eq(users.id, members.userId));
}

const shownColumns = {
  id: members.id,
  email: members.email,
  role: members.role,
  state: members.state,
  createdAt: members.createdAt,
};

interface Row {
  member: Pick<MemberRow, 'id' | 'email' | 'role' | 'state' | 'createdAt'>;
  user: Pick<UserRow, 'id' | 'name' | 'avatarId'> | null;
}

function shownMember({ member, user }: Row, addresses: boolean): Member {
  const { id, role, state, email, createdAt } = member;
  return {
    id,
    user: user && { id: user.id, name: user.name, avatarUrl: avatarUrl(user.avatarId) },
    email: addresses && state === 'invited' ? email : null,
    role,
    state,
    createdAt: createdAt.toISOString(),
  };
}
