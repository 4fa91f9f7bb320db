import type { Call, WaitingParticipant } from '@waterbus/client';
import { useEffect, useRef } from 'react';
import { messageOf } from '../../messages.js';
import { toast } from '../../parts/toasts.js';
import type { Waiting } from './use-waiting.js';

/**
 * Shows each knock until it is answered, here or elsewhere. Not beside the list of people, which has the same buttons; and several
 * at once as one, which leads to that list.
 */
export function useKnocks(call: Call, waiting: Waiting, listIsOpen: boolean, openList: () => void): void {
  /** By who waits, how to take the knock away that was shown. */
  const shown = useRef(new Map<string, () => void>());
  const latest = useRef(openList);
  useEffect(() => {
    latest.current = openList;
  });
  const { list } = waiting;
  useEffect(() => {
    const knocks = listIsOpen ? [] : knocksOf(call, list, () => latest.current());
    for (const [key, takeAway] of shown.current) {
      if (knocks.some((knock) => knock.key === key)) continue;
      takeAway();
      shown.current.delete(key);
    }
    for (const { key, show } of knocks) if (!shown.current.has(key)) shown.current.set(key, show());
  }, [call, list, listIsOpen]);
  // The call is over, or shown no longer.
  useEffect(() => {
    const { current } = shown;
    return () => {
      for (const takeAway of current.values()) takeAway();
      current.clear();
    };
  }, []);
}

interface Knock {
  /** The same for the same words and buttons. */
  key: string;
  show: () => () => void;
}

function knocksOf(call: Call, list: readonly WaitingParticipant[], openList: () => void): Knock[] {
  if (list.length > MOST_APART) {
    const text = `${list.length} people wait to be let in`;
    const actions = [{ label: 'Show', name: 'Show the people who wait', act: openList }];
    return [{ key: text, show: () => toast(text, { lasting: true, actions }) }];
  }
  return list.map(({ id, name }) => {
    const answer = (decide: 'admit' | 'deny') => () => {
      call.moderation[decide](id).catch((error) => toast(`${name}: ${messageOf(error)}`));
    };
    const actions = [
      { label: 'Admit', name: `Admit ${name}`, act: answer('admit') },
      { label: 'Deny', name: `Deny ${name}`, act: answer('deny') },
    ];
    return { key: id, show: () => toast(`${name} waits to be let in`, { lasting: true, actions }) };
  });
}

/** More of them one above the other would cover the faces. */
const MOST_APART = 2;
