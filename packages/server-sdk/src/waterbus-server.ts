import { Breakouts } from './breakouts.js';
import { Connection, type WaterbusServerOptions } from './connection.js';
import { JoinTokens, Meetings } from './meetings.js';
import { GuestInvitations, InviteLinks, Members } from './members.js';
import { Bans, Participants, Waiting } from './participants.js';
import { Polls } from './polls.js';
import { StreamKeys } from './stream-keys.js';
import { Events, Webhooks } from './webhooks.js';

/**
 * A Waterbus server, for another back end with an API key. Every call rejects with a
 * `WaterbusApiError` when the server refuses, and with a `WaterbusConnectionError` when it does not
 * answer. Reads, replacements and deletions are repeated when the server is busy or unavailable for
 * a moment; any other call that failed without an answer may have been carried out.
 */
export class WaterbusServer {
  readonly meetings: Meetings;
  readonly joinTokens: JoinTokens;
  readonly participants: Participants;
  readonly breakouts: Breakouts;
  readonly waiting: Waiting;
  readonly bans: Bans;
  readonly members: Members;
  readonly guestInvitations: GuestInvitations;
  readonly inviteLinks: InviteLinks;
  readonly streamKeys: StreamKeys;
  readonly polls: Polls;
  readonly webhooks: Webhooks;
  readonly events: Events;

  /** Throws a `TypeError` when the address or the key is malformed. */
  constructor(options: WaterbusServerOptions) {
    const connection = new Connection(options);
    this.meetings = new Meetings(connection);
    this.joinTokens = new JoinTokens(connection);
    this.participants = new Participants(connection);
    this.breakouts = new Breakouts(connection);
    this.waiting = new Waiting(connection);
    this.bans = new Bans(connection);
    this.members = new Members(connection);
    this.guestInvitations = new GuestInvitations(connection);
    this.inviteLinks = new InviteLinks(connection);
    this.streamKeys = new StreamKeys(connection);
    this.polls = new Polls(connection);
    this.webhooks = new Webhooks(connection);
    this.events = new Events(connection);
  }
}
