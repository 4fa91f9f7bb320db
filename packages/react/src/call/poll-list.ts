import type { Call, CreatePollRequest, MeetingEvent, Poll } from '@waterbus/client';
import { CallStore } from './call-store.js';
import { newUuid } from './new-uuid.js';

/** The polls of a call, as far as they are known. */
export interface PollsState {
  /** The newest first. */
  polls: readonly Poll[];
  /** The list was read once. */
  loaded: boolean;
  /** Polls may be missing, because the last request for them failed. */
  failed: boolean;
}

/**
 * The polls of a call with the own votes, which also last over a reload of the tab. A poll that
 * another person opens arrives.
 */
export class PollList extends CallStore<PollsState, Poll> {
  #call: PollCall;
  #votes: OwnVotes;
  /** Ids of polls created from here. */
  #own = new Set<string>();
  #creating: Promise<Poll | undefined> | undefined;

  /** `storage` answers the tab's sessionStorage; reading the property may already throw. */
  constructor(call: PollCall, storage: () => Pick<Storage, 'getItem' | 'setItem'> = () => window.sessionStorage) {
    super(call, { polls: [], loaded: false, failed: false });
    this.#call = call;
    this.#votes = new OwnVotes(call.code, storage);
  }

  async read(): Promise<void> {
    const before = new Set(this.state.polls.map(({ id }) => id));
    try {
      const listed = await this.#call.polls.list();
      const ids = new Set(listed.map(({ id }) => id));
      // Those that arrived during the request may be missing from its answer.
      const kept = this.state.polls.filter(({ id }) => ids.has(id) || !before.has(id));
      this.set({ polls: merged(kept, listed.map(this.#votes.added)), loaded: true, failed: false });
    } catch {
      this.set({ failed: true });
    }
  }

  async create(poll: CreatePollRequest): Promise<void> {
    const creating = this.#call.polls.create(poll);
    this.#creating = creating.catch(() => undefined);
    const { id } = await creating;
    this.#own.add(id);
    this.#add(await creating);
  }

  /** By index of `choices`; none withdraw the vote. */
  async vote(pollId: string, chosen: readonly number[]): Promise<void> {
    const poll = await this.#call.polls.vote(pollId, chosen, { voterKey: this.#votes.key });
    this.#votes.remember(pollId, chosen);
    this.#add(poll);
  }

  async close(pollId: string): Promise<void> {
    this.#add(await this.#call.polls.close(pollId));
  }

  async delete(pollId: string): Promise<void> {
    await this.#call.polls.delete(pollId);
    this.#drop(pollId);
  }

  protected meetingEvent(event: MeetingEvent): void {
    if (event.type === 'poll.deleted') this.#drop(event.pollId);
    if (event.type === 'poll.updated') this.#add(event.poll);
    if (event.type !== 'poll.created') return;
    const isKnown = this.state.polls.some(({ id }) => id === event.poll.id);
    this.#add(event.poll);
    if (!isKnown) void this.#announce(event.poll);
  }

  /** The event of an own poll may arrive before the answer that makes it known as such. */
  async #announce(poll: Poll): Promise<void> {
    const created = await this.#creating;
    if (created?.id === poll.id || this.#own.has(poll.id)) return;
    this.arrived(poll);
  }

  #add(poll: Poll): void {
    this.set({ polls: merged(this.state.polls, [this.#votes.added(poll)]) });
  }

  #drop(pollId: string): void {
    this.set({ polls: this.state.polls.filter(({ id }) => id !== pollId) });
  }
}

type PollCall = Pick<Call, 'code' | 'polls' | 'on'>;

/** Each poll once, the newest first; of two states the one with the higher version. */
export function merged(known: readonly Poll[], polls: readonly Poll[]): readonly Poll[] {
  const byId = new Map(known.map((poll) => [poll.id, poll]));
  for (const poll of polls) {
    const before = byId.get(poll.id);
    if (before && before.version > poll.version) continue;
    // An event is the same for all: it has no vote.
    const ownVote = poll.ownVote === undefined ? before?.ownVote : poll.ownVote;
    byId.set(poll.id, { ...poll, ownVote: ownVote ?? null });
  }
  return [...byId.values()].sort((one, other) => (one.createdAt < other.createdAt ? 1 : -1));
}

/** The votes of this tab: a guest that joins again is another participant for the server. */
class OwnVotes {
  readonly #name: string;
  readonly #storage: () => Pick<Storage, 'getItem' | 'setItem'>;
  #kept: { key: string; votes: Record<string, number[]> };

  constructor(code: string, storage: () => Pick<Storage, 'getItem' | 'setItem'>) {
    this.#name = `waterbus.polls.${code}`;
    this.#storage = storage;
    this.#kept = this.#read() ?? { key: newUuid(), votes: {} };
  }

  get key(): string {
    return this.#kept.key;
  }

  remember(pollId: string, chosen: readonly number[]): void {
    this.#kept.votes[pollId] = [...chosen];
    try {
      this.#storage().setItem(this.#name, JSON.stringify(this.#kept));
    } catch {
      // Without storage it lasts as long as the page.
    }
  }

  /** The poll with the vote that the server no longer relates to this participant. */
  added = (poll: Poll): Poll => {
    const own = this.#kept.votes[poll.id];
    return own?.length && poll.ownVote === null ? { ...poll, ownVote: own } : poll;
  };

  #read(): { key: string; votes: Record<string, number[]> } | undefined {
    try {
      const kept = JSON.parse(this.#storage().getItem(this.#name) ?? 'null');
      return typeof kept?.key === 'string' && typeof kept.votes === 'object' ? kept : undefined;
    } catch {
      return undefined;
    }
  }
}
