import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { admissions, bans, sessions } from '../src/database/schema.js';
import {
  type Asker,
  hostTokenAsker,
  newApiKey,
  newCaller,
  newMeeting,
  newMember,
  newPerson,
  nobody,
} from './people.js';
import type { ServerUnderTest } from './server.js';

/** All askers that can request something about a meeting. */
export const askerNames = [
  'anonymous',
  'stranger',
  'invited',
  'banned',
  'banned guest',
  'banned guest with a new account',
  'banned guest with another API key',
  'banned user, signed out',
  'guest in the call',
  'member in the call',
  'moderator in the call',
  'member',
  'moderator',
  'host',
  'host token',
  'owner’s API key',
  'other API key',
  'logged-out host',
  'kicked participant',
  'forged token',
  'unknown token',
] as const;
export type AskerName = (typeof askerNames)[number];

/** The properties of a meeting that affect authorization. `absent`: the code is of no meeting. */
export const meetingStates = [
  'open',
  'password',
  'locked',
  'waiting room',
  'members only',
  'archived',
  'absent',
] as const;
export type MeetingState = (typeof meetingStates)[number];

export interface Scene {
  code: string;
  asker: Asker;
}

/** A new meeting in this state, and a new asker with this role in it. */
export async function newScene(server: ServerUnderTest, name: AskerName, state: MeetingState): Promise<Scene> {
  const owner = await newPerson(server, { name: 'Host' });
  const archivedAt = state === 'archived' ? new Date(server.clock.date()) : null;
  const meeting = await newMeeting(server, owner, {
    passwordHash: state === 'password' ? HASH : null,
    locked: state === 'locked',
    waitingRoom: state === 'waiting room',
    settings: state === 'members only' ? { access: 'members' } : {},
    archivedAt,
  });
  // For an absent meeting, every asker has their role in another one.
  const code = state === 'absent' ? 'aaa-aaaa-aaa' : meeting.code;
  return { code, asker: await newAsker() };

  async function newAsker(): Promise<Asker> {
    switch (name) {
      case 'anonymous':
        return nobody;
      case 'stranger':
        return newPerson(server);
      case 'invited':
      case 'member':
      case 'moderator': {
        const person = await newPerson(server);
        const role = name === 'moderator' ? 'moderator' : 'member';
        await newMember(server, meeting, person, role, name === 'invited' ? 'invited' : 'joined');
        return person;
      }
      case 'banned': {
        const person = await newPerson(server);
        await ban({ userId: person.userId });
        return person;
      }
      case 'banned guest':
        await ban({ network: NETWORK });
        return nobody;
      case 'banned guest with a new account':
        await ban({ network: NETWORK });
        return newPerson(server);
      case 'banned guest with another API key':
        await ban({ network: NETWORK });
        return newApiKey(server, (await newPerson(server)).userId);
      case 'banned user, signed out':
        await ban({ network: NETWORK, userId: (await newPerson(server)).userId });
        return nobody;
      case 'host':
        return owner;
      case 'guest in the call':
        return newCaller(server, meeting);
      case 'member in the call':
        return newCaller(server, meeting, { role: 'member' });
      case 'moderator in the call':
        return newCaller(server, meeting, { role: 'moderator' });
      case 'host token':
        return hostTokenAsker(meeting);
      case 'owner’s API key':
        return newApiKey(server, owner.userId);
      case 'other API key':
        return newApiKey(server, (await newPerson(server)).userId);
      case 'logged-out host':
        await server.queries.delete(sessions).where(eq(sessions.id, owner.sessionId));
        return owner;
      case 'kicked participant': {
        const caller = await newCaller(server, meeting, { role: 'moderator' });
        await server.queries
          .update(admissions)
          .set({ state: 'removed' })
          .where(eq(admissions.id, caller.participantId));
        return caller;
      }
      case 'forged token':
        return { headers: { authorization: `Bearer a.${randomUUID()}.b` } };
      case 'unknown token':
        await ban({ network: NETWORK });
        return { headers: { authorization: `Bearer ${randomUUID()}` } };
    }
  }

  async function ban(whom: { userId?: string; network?: string }): Promise<void> {
    const createdAt = new Date(server.clock.date());
    await server.queries.insert(bans).values({ meetingId: meeting.id, name: 'Banned', createdAt, ...whom });
  }
}

/** The network of requests without a given address. */
const NETWORK = '127.0.0.1';

/** Of a password that no test uses. */
const HASH = '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
