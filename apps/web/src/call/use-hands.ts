import { plural, t } from '@lingui/core/macro';
import type { Call } from '@waterbus/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { messageOf } from '../messages.js';
import { toast } from '../parts/toasts.js';
import { newHands, type RaisedHand, raisedHands } from './people/raised-hands.js';
import { alertUser } from './use-attention.js';

/**
 * Raises and lowers the user's hand, and reports the hands of others: to moderators as a message
 * with a sound, to all in `announcement`, for a live region. `openList` shows the queue; while it is
 * open, no message covers it.
 */
export function useHands(
  call: Call,
  listIsOpen: boolean,
  openList: () => void,
): { toggleHand: () => void; announcement: string } {
  const [announcement, setAnnouncement] = useState('');
  const isLowering = useRef(false);
  const latest = useRef({ openList, listIsOpen });
  const shown = useRef<() => void>(undefined);
  useEffect(() => {
    latest.current = { openList, listIsOpen };
    if (listIsOpen) shown.current?.();
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
        if (call.grants.moderate) {
          alertUser('hand', textOf(raised), t`Raised hand`);
          if (!latest.current.listIsOpen) shown.current = report(raised, () => latest.current.openList());
        }
      }
      if (!wasUp || call.local.handRaisedAt !== undefined) return;
      if (!isLowering.current && call.connection === 'connected') toast(t`A moderator lowered your hand`);
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
      toast(t`Your hand: ${{ reason: messageOf(error) }}`);
    });
  }, [call]);
  return { toggleHand, announcement };
}

/** Answers the function that removes the message. */
function report(raised: readonly RaisedHand[], openList: () => void): () => void {
  return toast(textOf(raised), { actions: [{ label: t`Show`, name: t`Show raised hands`, act: openList }] });
}

function textOf(raised: readonly RaisedHand[]): string {
  const [first] = raised;
  return raised.length === 1
    ? t`${{ name: first!.name }} raised a hand`
    : plural({ count: raised.length }, { other: '# people raised a hand' });
}
