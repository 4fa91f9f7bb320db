import type { MeetingRow } from '../database/schema.js';
import { includes } from '../meeting/grants.js';
import { settingsOf } from '../meeting/settings.js';
import type { Standing } from './standing.js';

/** The principals that may do each action with a meeting. Everything else is denied. */
const policy = {
  /** The public data of the meeting, and joining. Strangers: while the meeting is open to them. */
  look: { to: ['host', 'moderator', 'member', 'guest', 'host-token', 'key', 'invited', 'stranger'], archived: true },
  join: { to: ['host', 'moderator', 'member', 'guest', 'host-token', 'key', 'invited', 'stranger'], archived: false },
  issueJoinToken: { to: ['key'], archived: false },

  update: { to: ['host', 'moderator', 'host-token', 'key'], archived: false },
  setPassword: { to: ['host', 'host-token', 'key'], archived: false },
  archive: { to: ['host', 'host-token', 'key'], archived: true },
  handOver: { to: ['host', 'host-token', 'key'], archived: false },

  listMembers: { to: ['host', 'moderator', 'member', 'host-token', 'key'], archived: true },
  invite: { to: ['host', 'moderator', 'host-token', 'key'], archived: false },
  changeRole: { to: ['host', 'host-token', 'key'], archived: false },
  removeMember: { to: ['host', 'moderator', 'host-token', 'key'], archived: true },
  leaveMembers: { to: ['host', 'moderator', 'member'], archived: true },

  listParticipants: { to: ['host', 'moderator', 'member', 'guest', 'host-token', 'key'], archived: true },
  listPresences: { to: ['host', 'moderator', 'member', 'host-token', 'key'], archived: true },
  /** Of the participants in the call: rules of the rooms follow in `breakouts/enter-room.ts`. */
  enterBreakout: { to: ['host', 'moderator', 'member', 'guest'], archived: false },
  moderate: { to: ['host', 'moderator', 'host-token', 'key'], archived: false },
  /** The people in past and running calls, with times: for those who organise them. */
  readAttendance: { to: ['host', 'moderator', 'host-token', 'key'], archived: true },
  listBans: { to: ['host', 'moderator', 'host-token', 'key'], archived: true },

  /**
   * The log of actions: for those responsible for the meeting, but not for the people it records.
   */
  listAuditEvents: { to: ['host', 'host-token', 'key'], archived: true },

  /** The quality of each participant's connection: for those who help with it. */
  readQuality: { to: ['host', 'moderator', 'host-token', 'key', 'administrator'], archived: true },

  /** A back end manages meetings but does not read conversations. */
  readMessages: { to: ['host', 'moderator', 'member', 'guest'], archived: true },
  sendMessage: { to: ['host', 'moderator', 'member', 'guest'], archived: false },
  deleteMessage: { to: ['host', 'moderator', 'member', 'guest'], archived: true },

  /** Also for those whom the setting of the meeting permits. */
  createPoll: { to: ['host', 'moderator', 'host-token', 'key'], archived: false },
  readPolls: { to: ['host', 'moderator', 'member', 'guest', 'host-token', 'key'], archived: true },
  vote: { to: ['host', 'moderator', 'member', 'guest'], archived: false },
  /** Members and guests: their own. */
  closePoll: { to: ['host', 'moderator', 'member', 'guest', 'host-token', 'key'], archived: false },
  deletePoll: { to: ['host', 'moderator', 'member', 'guest', 'host-token', 'key'], archived: true },
  /** With the names of all voters. */
  exportPolls: { to: ['host', 'moderator', 'host-token', 'key'], archived: true },
} as const satisfies Record<string, { to: readonly Standing[]; archived: boolean }>;

export type MeetingAction = keyof typeof policy;

export const meetingActions = Object.keys(policy) as MeetingAction[];

/** `absent`: the asker must not learn that the meeting exists. */
export type Decision = 'allowed' | 'denied' | 'archived' | 'absent';

export function decide(action: MeetingAction, standing: Standing, meeting: MeetingRow): Decision {
  if (!sees(standing, meeting)) return 'absent';
  const { to, archived } = policy[action];
  const permitted = (to as readonly Standing[]).includes(standing) || isSetting(action, standing, meeting);
  if (!permitted) return knows(standing) ? 'denied' : 'absent';
  return meeting.archivedAt && !archived ? 'archived' : 'allowed';
}

/** Rights that a setting of the meeting gives to participants. */
function isSetting(action: MeetingAction, standing: Standing, meeting: MeetingRow): boolean {
  if (action !== 'createPoll' || (standing !== 'member' && standing !== 'guest')) return false;
  return includes(settingsOf(meeting).polls ?? 'moderators', standing);
}

/** M2, M4. */
function sees(standing: Standing, meeting: MeetingRow): boolean {
  switch (standing) {
    case 'banned':
      return false;
    case 'stranger':
      return !meeting.archivedAt && settingsOf(meeting).access === 'anyone';
    case 'invited':
    case 'guest':
      return !meeting.archivedAt;
    default:
      return true;
  }
}

/**
 * A participant of the meeting learns that an action is denied; for others the meeting does not
 * exist.
 */
function knows(standing: Standing): boolean {
  return standing !== 'stranger' && standing !== 'banned' && standing !== 'invited';
}
