import { plural, t } from '@lingui/core/macro';
import type { Call, WaitingParticipant } from '@waterbus/client';
import { useEffect, useRef } from 'react';
import { messageOf } from '../../messages.js';
import { toast } from '../../parts/toasts.js';
import type { Waiting } from './use-waiting.js';

/**
 * Shows each knock until it is answered, here or elsewhere. Hidden while the list of people is
 * open, which has the same buttons; several knocks at once are shown as one, which opens that list.
 */
export function useKnocks(call: Call, waiting: Waiting, listIsOpen: boolean, openList: () => void): void {
  /** By the waiting participant: the function that removes its knock. */
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
  // The call has ended, or is not shown any more.
  useEffect(() => {
    const { current } = shown;
    return () => {
      for (const takeAway of current.values()) takeAway();
      current.clear();
    };
  }, []);
}

interface Knock {
  /** Equal for equal texts and buttons. */
  key: string;
  show: () => () => void;
}

function knocksOf(call: Call, list: readonly WaitingParticipant[], openList: () => void): Knock[] {
  if (list.length > MOST_APART) {
    const text = plural({ count: list.length }, { other: '# people are waiting to be let in' });
    const actions = [{ label: t`Show`, name: t`Show who is waiting`, act: openList }];
    return [{ key: text, show: () => toast(text, { lasting: true, actions }) }];
  }
  return list.map(({ id, name }) => {
    const answer = (decide: 'admit' | 'deny') => () => {
      call.moderation[decide](id).catch((error) => toast(`${name}: ${messageOf(error)}`));
    };
    const actions = [
      { label: t`Admit`, name: t`Admit ${name}`, act: answer('admit') },
      { label: t`Deny`, name: t`Deny ${name}`, act: answer('deny') },
    ];
    return { key: id, show: () => toast(t`${name} is waiting to be let in`, { lasting: true, actions }) };
  });
}

/** A higher stack would cover the faces. */
const MOST_APART = 2;
