import type { Call, Meeting, MeetingEvent, Role } from '@waterbus/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { loadAgain } from '../../parts/load-code.js';
import type { FollowedPolls } from './follow-polls.js';

export interface PollsOfCall {
  followed: FollowedPolls | undefined;
  /** Open polls without the own vote. */
  open: number;
  /** The user may create polls, or there are some. */
  offered: boolean;
  mayCreate: boolean;
  /** The code could not be loaded; `load` tries again. */
  failed: boolean;
  load: () => void;
}

/**
 * The polls of the call. Their code is loaded when the start of the call, which has much to do, is
 * over, or with the first poll.
 */
export function usePolls(call: Call, meeting: Meeting | undefined, isOpen: boolean, onOpen: () => void): PollsOfCall {
  const [followed, setFollowed] = useState<FollowedPolls>();
  const [counts, setCounts] = useState({ all: 0, open: 0 });
  const [failed, setFailed] = useState(false);
  /** Events from before the code was there: their polls are announced late, not never. */
  const early = useRef<MeetingEvent[] | undefined>([]);
  const show = useRef(onOpen);
  useEffect(() => {
    show.current = onOpen;
  });
  const follow = useCallback(
    ({ followPolls }: typeof import('./follow-polls.js')) => setFollowed((before) => before ?? followPolls(call)),
    [call],
  );
  const load = useCallback(() => {
    setFailed(false);
    loadPolls().then(follow, () => setFailed(true));
  }, [follow]);
  const isConnected = call.connection === 'connected';
  useEffect(() => {
    if (!isConnected) return;
    let stop = () => {};
    const timer = setTimeout(() => {
      stop = loadAgain(loadPolls, follow);
    }, AFTER_START);
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [isConnected, follow]);
  useEffect(
    () =>
      call.on('meeting', (event) => {
        if (!event.type.startsWith('poll.')) return;
        early.current?.push(event);
        load();
      }),
    [call, load],
  );
  useEffect(() => {
    if (isOpen) load();
  }, [isOpen, load]);
  // First of the two, so that it reports the early polls.
  useEffect(() => followed?.notify(isOpen, () => show.current()), [followed, isOpen]);
  useEffect(() => {
    if (!followed) return;
    const stop = followed.open(early.current ?? [], setCounts);
    early.current = undefined;
    return stop;
  }, [followed]);
  const mayCreate = isAllowed(meeting, call.local.role);
  return { followed, open: counts.open, offered: mayCreate || counts.all > 0, mayCreate, failed, load };
}

function isAllowed(meeting: Meeting | undefined, role: Role): boolean {
  if (role === 'host' || role === 'moderator') return true;
  const audience = meeting?.settings.polls;
  return audience === 'everyone' || (audience === 'members' && role === 'member');
}

/** Not by `loadOnce`, which may load the page again: a poll of others is not worth the call. */
export const loadPolls = () => import('./follow-polls.js');

/** Milliseconds. */
const AFTER_START = 3_000;
