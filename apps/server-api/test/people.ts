import { randomUUID } from 'node:crypto';
import {
  type Grants,
  type MemberRole,
  RESUME_TOKEN_AUDIENCE,
  type ResumeTokenClaims,
  ROOM_COMMAND,
  type Role,
  type RoomCommand,
} from '@waterbus/protocol';
import { SignJWT } from 'jose';
import { ACCESS_TOKEN_AUDIENCE, ApiTokens } from '../src/access/access-tokens.js';
import { ownerOfUser } from '../src/access/principal.js';
import { newSecret } from '../src/access/secrets.js';
import { admissions, apiKeys, type MeetingRow, meetings, members, sessions, users } from '../src/database/schema.js';
import { grantsOf } from '../src/meeting/grants.js';
import { newMeetingCode } from '../src/meeting/meeting-code.js';
import { settingsOf } from '../src/meeting/settings.js';
import { type ServerUnderTest, secret } from './server.js';

/** The credentials of an asker: put `headers` into the request. */
export interface Asker {
  headers: { authorization?: string };
}

export interface Person extends Asker {
  userId: string;
  email: string;
  name: string;
  sessionId: string;
}

/** A signed-in user, written directly to the database. */
export async function newPerson(
  server: ServerUnderTest,
  change: Partial<typeof users.$inferInsert> = {},
): Promise<Person> {
  const now = new Date(server.clock.date());
  const name = change.name ?? 'Ada Lovelace';
  const email = change.email ?? `${randomUUID()}@example.org`;
  const [user] = await server.queries
    .insert(users)
    .values({ name, email, createdAt: now, ...change })
    .returning({ id: users.id });
  const userId = user?.id ?? '';
  const expiresAt = new Date(now.getTime() + 86_400_000);
  const [session] = await server.queries
    .insert(sessions)
    .values({ userId, rotatedAt: now, createdAt: now, lastUsedAt: now, expiresAt })
    .returning({ id: sessions.id });
  const sessionId = session?.id ?? '';
  const token = await new ApiTokens(secret, server.clock).sign(
    ACCESS_TOKEN_AUDIENCE,
    { sub: userId, sid: sessionId },
    86_400,
  );
  return { userId, email, name, sessionId, headers: bearer(token) };
}

export async function newApiKey(server: ServerUnderTest, userId: string | null): Promise<Asker & { id: string }> {
  const id = randomUUID().slice(0, 8);
  const { secret: token, hash } = newSecret(`wbk_${id}_`);
  await server.queries
    .insert(apiKeys)
    .values({ id, userId, name: 'Back end', secretHash: hash, createdAt: new Date(server.clock.date()) });
  return { id, headers: bearer(token) };
}

/** A meeting with its host token, and with its host if there is one. */
export async function newMeeting(
  server: ServerUnderTest,
  host?: Person,
  change: Partial<typeof meetings.$inferInsert> = {},
): Promise<MeetingRow & { hostToken: string }> {
  const { secret: hostToken, hash } = newSecret();
  const createdAt = new Date(server.clock.date());
  const [meeting] = await server.queries
    .insert(meetings)
    .values({
      code: newMeetingCode(),
      title: 'Planning',
      hostTokenHash: hash,
      owner: host ? ownerOfUser(host.userId) : null,
      createdAt,
      ...change,
    })
    .returning();
  if (!meeting) throw new Error('no meeting');
  if (host) await newMember(server, meeting, host, 'host');
  return { ...meeting, hostToken };
}

export async function newMember(
  server: ServerUnderTest,
  meeting: MeetingRow,
  person: Person,
  role: MemberRole = 'member',
  state: 'invited' | 'joined' = 'joined',
): Promise<string> {
  const createdAt = new Date(server.clock.date());
  const archived = meeting.archivedAt !== null;
  const [member] = await server.queries
    .insert(members)
    .values({ meetingId: meeting.id, userId: person.userId, role, state, archived, createdAt })
    .returning({ id: members.id });
  return member?.id ?? '';
}

export interface Caller extends Asker {
  participantId: string;
  /**
   * The commands that the home node received and executes as Server WS would: a removed participant
   * has no home any more.
   */
  commands: RoomCommand[];
}

/** A participant in the meeting's call, whose home is a node that records its commands. */
export async function newCaller(
  server: ServerUnderTest,
  meeting: MeetingRow,
  who: { role?: Role; name?: string; userId?: string; network?: string; ownGrants?: Partial<Grants> } = {},
): Promise<Caller> {
  const { role = 'guest', name = 'Grace Hopper', userId } = who;
  const participantId = randomUUID();
  const now = server.clock.date();
  await server.queries.insert(admissions).values({
    id: participantId,
    meetingId: meeting.id,
    userId,
    name,
    role,
    ownGrants: who.ownGrants,
    network: who.network ?? '203.0.113.77',
    state: 'admitted',
    createdAt: new Date(now),
  });
  const nodeId = `ws-${participantId.slice(0, 8)}`;
  const { rooms, bus } = server.cluster;
  const home = await rooms.claimHome(meeting.id, participantId, nodeId);
  const participant = { id: participantId, name, role, joinedAt: now, connection: 'connected' as const, producers: [] };
  await rooms.apply(meeting.id, { type: 'participant.joined', participant }, home);
  const commands: RoomCommand[] = [];
  await bus.serve(nodeId, async (method, body) => {
    if (method !== ROOM_COMMAND) throw new Error(method);
    const command = body as RoomCommand;
    commands.push(command);
    if (command.type !== 'remove') return {};
    const left = { type: 'participant.left' as const, participantId, reason: command.reason };
    await rooms.apply(meeting.id, left, home);
    return {};
  });
  const claims: ResumeTokenClaims = {
    aud: RESUME_TOKEN_AUDIENCE,
    jti: randomUUID(),
    sub: participantId,
    roomId: meeting.id,
    meetingCode: meeting.code,
    name,
    role,
    grants: grantsOf(role, settingsOf(meeting), who.ownGrants),
    iat: Math.floor(now / 1000),
    exp: Math.floor(now / 1000) + 86_400,
  };
  const token = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret));
  return { participantId, commands, headers: bearer(token) };
}

export function hostTokenAsker(meeting: { hostToken: string }): Asker {
  return { headers: bearer(meeting.hostToken) };
}

export const nobody: Asker = { headers: {} };

function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}
