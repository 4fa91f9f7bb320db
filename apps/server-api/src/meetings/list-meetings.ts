import type { MemberMeeting, Page } from '@waterbus/protocol';
import { type AnyColumn, and, desc, eq, type SQL, sql } from 'drizzle-orm';
import type { Queries } from '../database/database.js';
import { isoOfMomentText } from '../database/moment-text.js';
import { type MemberRow, meetings, members, privateMessages } from '../database/schema.js';
import { rowsStatement, type ValueOf } from '../database/statement.js';
import { type Position, pageOfRows, past, positionOf } from '../http/paging.js';
import { settingsOfText } from '../meeting/settings.js';
import { shownMembership } from './shown-membership.js';

export interface MeetingsQuery {
  archived: boolean;
  cursor?: string | undefined;
  limit: number;
}

/**
 * Meetings with this user as a member, the last active first. A cursor of an earlier server
 * continues its list, which has the newest membership first.
 */
export async function meetingsOfUser(
  queries: Queries,
  userId: string,
  { archived, cursor, limit }: MeetingsQuery,
): Promise<Page<MemberMeeting>> {
  const position = positionOf(cursor, members.id);
  const order = position ? position.order : 'activity';
  const next = order === 'activity' ? nextOfUser : nextByCreation;
  const values = { userId, archived, limit: limit + 1 };
  const rows = await (position ? next(queries, { ...values, ...position }) : firstOfUser(queries, values));
  return pageOfRows(
    rows,
    limit,
    (row) => ({ ...positionInList(row), ...(order && { order }) }),
    (row) => {
      const [, , , , , , , , , , , , role, state, lastReadSeq, lastSeq, mentioned, unreadPrivate] = row;
      const member = { role, state, lastReadSeq, mentioned: numbersOfText(mentioned) };
      return shownListed(row, { ...shownMembership({ lastSeq }, member), unreadPrivate });
    },
  );
}

/** Meetings that belong to an API key or to its user, the newest first. */
export async function meetingsOfOwner(
  queries: Queries,
  owner: string,
  { archived, cursor, limit }: MeetingsQuery,
): Promise<Page<MemberMeeting>> {
  const position = positionOf(cursor, meetings.id);
  const values = { owner, archived, limit: limit + 1 };
  const rows = await (position ? nextOfOwner(queries, { ...values, ...position }) : firstOfOwner(queries, values));
  return pageOfRows(rows, limit, positionInList, (row) => shownListed(row, null));
}

interface PageFrom {
  archived: boolean;
  limit: number;
  /** From the cursor; absent for the first page. */
  at?: string;
  id?: string;
}

type PageOfUser = PageFrom & { userId: string };
type PageOfOwner = PageFrom & { owner: string };

/** A row's position in its list, and the columns of a meeting in the API. */
type ListedMeeting = [
  id: string,
  at: string,
  code: string,
  title: string,
  passwordRequired: boolean,
  locked: boolean,
  waitingRoom: boolean,
  settings: string,
  scheduledStart: string | null,
  schedule: string | null,
  archivedAt: string | null,
  createdAt: string,
];
type MembersMeeting = [
  ...ListedMeeting,
  role: MemberRow['role'],
  state: MemberRow['state'],
  lastReadSeq: number,
  lastSeq: number,
  mentioned: string | null,
  unreadPrivate: number,
];

/** Only the columns of the answer, because fifty rows of all columns cost twice as much. */
function listedColumns({ id, at }: { id: AnyColumn; at: AnyColumn | SQL }) {
  return {
    id: sql`${id}`,
    at: sql`${at}`,
    code: meetings.code,
    title: meetings.title,
    passwordRequired: sql`${meetings.passwordHash} is not null`,
    locked: meetings.locked,
    waitingRoom: meetings.waitingRoom,
    settings: sql`${meetings.settings}::text`,
    scheduledStart: meetings.scheduledStart,
    schedule: sql`${meetings.schedule}::text`,
    archivedAt: meetings.archivedAt,
    createdAt: meetings.createdAt,
  };
}

const membershipColumns = {
  role: members.role,
  state: members.state,
  lastReadSeq: members.lastReadSeq,
  lastSeq: meetings.lastSeq,
  mentioned: sql`${members.mentioned}::text`,
  unreadPrivate: sql`(select count(*)::integer from (
    select 1 from ${privateMessages} where ${privateMessages.meetingId} = ${members.meetingId}
    and ${privateMessages.receiver} = ${members.userId}::text and ${privateMessages.readAt} is null limit 100
  ) as private)`,
};

/** The expression of an index. */
const lastActivity = sql`coalesce(${members.activeAt}, ${members.createdAt})`;

const firstOfUser = pageOfUser(lastActivity, () => undefined);
const nextOfUser = pageOfUser(lastActivity, pastIn(lastActivity));
const nextByCreation = pageOfUser(members.createdAt, pastIn(members.createdAt));

function pastIn(at: AnyColumn | SQL) {
  return (value: ValueOf<PageOfUser>) =>
    past({ at: value('at'), id: value('id') }, { at, id: members.id }, 'descending');
}

function pageOfUser(at: AnyColumn | SQL, from: (value: ValueOf<PageOfUser>) => SQL | undefined) {
  return rowsStatement<PageOfUser, MembersMeeting>((queries, value) =>
    queries
      .select({ ...listedColumns({ id: members.id, at }), ...membershipColumns })
      .from(members)
      .innerJoin(meetings, eq(meetings.id, members.meetingId))
      .where(
        and(
          eq(members.userId, value('userId')),
          eq(members.archived, value('archived')),
          // A literal: a generic plan would not know that most rows have this value.
          eq(members.state, sql`'joined'`),
          from(value),
        ),
      )
      .orderBy(desc(at), desc(members.id))
      .limit(sql.placeholder('limit')),
  );
}

const firstOfOwner = pageOfOwner(() => undefined);
const nextOfOwner = pageOfOwner((value) =>
  past({ at: value('at'), id: value('id') }, { at: meetings.createdAt, id: meetings.id }, 'descending'),
);

function pageOfOwner(from: (value: ValueOf<PageOfOwner>) => SQL | undefined) {
  return rowsStatement<PageOfOwner, ListedMeeting>((queries, value) =>
    queries
      .select(listedColumns({ id: meetings.id, at: meetings.createdAt }))
      .from(meetings)
      .where(
        and(
          eq(meetings.owner, value('owner')),
          sql`(${meetings.archivedAt} is not null) = ${value('archived')}`,
          from(value),
        ),
      )
      .orderBy(desc(meetings.createdAt), desc(meetings.id))
      .limit(sql.placeholder('limit')),
  );
}

function positionInList([id, at]: readonly [id: string, at: string, ...unknown[]]): Position {
  return { at: new Date(at), id };
}

/** Of PostgreSQL's text of an array, such as `{3,1}`. */
function numbersOfText(text: string | null): number[] | null {
  return text === null || text === '{}' ? null : text.slice(1, -1).split(',').map(Number);
}

/**
 * As `shownMeeting`. One literal: a copy of an object with one more property costs a microsecond.
 */
function shownListed(
  row: readonly [...ListedMeeting, ...unknown[]],
  membership: MemberMeeting['membership'],
): MemberMeeting {
  const [, , code, title, passwordRequired, locked, waitingRoom, settings, start, schedule, archivedAt, createdAt] =
    row;
  return {
    code,
    title,
    passwordRequired,
    locked,
    waitingRoom,
    settings: settingsOfText(settings),
    scheduledStart: start && isoOfMomentText(start),
    schedule: schedule === null ? null : JSON.parse(schedule),
    archivedAt: archivedAt && isoOfMomentText(archivedAt),
    createdAt: isoOfMomentText(createdAt),
    membership,
  };
}
