import type { Call, CreatePollRequest } from '@waterbus/client';
import { useEffect, useMemo } from 'react';
import { PollList, type PollsState } from './poll-list.js';
import { useStore } from './use-store.js';

/**
 * The polls of the meeting, the newest first, with the own votes, also after an interruption. The
 * functions reject with a `WaterbusError`.
 */
export function usePolls(call: Call): PollsState & {
  create: (poll: CreatePollRequest) => Promise<void>;
  /** By index of `choices`; none withdraw the vote. */
  vote: (pollId: string, chosen: readonly number[]) => Promise<void>;
  close: (pollId: string) => Promise<void>;
  remove: (pollId: string) => Promise<void>;
} {
  const list = useMemo(() => new PollList(call), [call]);
  useEffect(() => list.open(), [list]);
  const state = useStore(list);
  return {
    ...state,
    create: (poll) => list.create(poll),
    vote: (pollId, chosen) => list.vote(pollId, chosen),
    close: (pollId) => list.close(pollId),
    remove: (pollId) => list.delete(pollId),
  };
}
