import type { Call } from '@waterbus/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { messageOf } from '../messages.js';
import { toast } from '../parts/toasts.js';
import { newHands, type RaisedHand, raisedHands } from './people/raised-hands.js';
import { alertUser } from './use-attention.js';

/**
 * Raises and lowers the user's hand, and reports the hands of others: to moderators as a message
 * with a sound, to all in `announcement`, for a live region. `openList` shows the queue.
 */
export function useHands(call: Call, openList: () => void): { toggleHand: () => void; announcement: string } {
  const [announcement, setAnnouncement] = useState('');
  const isLowering = useRef(false);
  const latest = useRef(openList);
  useEffect(() => {
    latest.current = openList;
  });
  useEffect(() => {
    let before = raisedHands(call);
    const compare = () => {
      const now = raisedHands(call);
      const raised = newHands(before, now);
      const wasUp = before.some(({ self }) => self);
      before = now;
      if (raised.length > 0) {
        setAnnouncement(textOf(raised));
        if (call.grants.moderate) report(raised, () => latest.current());
      }
      if (!wasUp || call.local.handRaisedAt !== undefined) return;
      if (!isLowering.current && call.connection === 'connected') toast('A moderator lowered your hand');
      isLowering.current = false;
    };
    return call.on('change', compare);
  }, [call]);
  const toggleHand = useCallback(() => {
    const isUp = call.local.handRaisedAt !== undefined;
    isLowering.current = isUp;
    const done = isUp ? call.lowerHand() : call.raiseHand();
    done.catch((error) => {
      isLowering.current = false;
      toast(`Your hand: ${messageOf(error)}`);
    });
  }, [call]);
  return { toggleHand, announcement };
}

function report(raised: readonly RaisedHand[], openList: () => void): void {
  const text = textOf(raised);
  toast(text, { actions: [{ label: 'Show', name: 'Show raised hands', act: openList }] });
  alertUser('hand', text, 'Raised hand');
}

function textOf(raised: readonly RaisedHand[]): string {
  const [first] = raised;
  return raised.length === 1 ? `${first!.name} raised a hand` : `${raised.length} people raised a hand`;
}
