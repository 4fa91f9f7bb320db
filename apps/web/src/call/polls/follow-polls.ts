import { t } from '@lingui/core/macro';
import type { Call, MeetingEvent, Poll } from '@waterbus/client';
import { PollList } from '@waterbus/react';
import { toast } from '../../parts/toasts.js';
import { noticeOf } from './poll-texts.js';
import { PollsContent } from './polls-content.js';
import '../../styles/polls.css';

/** The polls of a call, their panel's content and the notices of new ones. */
export interface FollowedPolls {
  list: PollList;
  Content: typeof PollsContent;
  /** Follows the call until the returned function is called. `earlier`: events from before. */
  open(earlier: readonly MeetingEvent[], counted: (counts: { all: number; open: number }) => void): () => void;
  /** Shows a notice of each new poll while the panel is closed. */
  notify(panelIsOpen: boolean, show: () => void): (() => void) | undefined;
}

export function followPolls(call: Call): FollowedPolls {
  const list = new PollList(call);
  return {
    list,
    Content: PollsContent,
    open: (earlier, counted) => {
      const count = () => counted(countsOf(list.state.polls));
      const stops = [list.subscribe(count), list.open(earlier)];
      count();
      return () => {
        for (const stop of stops) stop();
      };
    },
    notify: (panelIsOpen, show) => {
      if (panelIsOpen) return undefined;
      const shown: (() => void)[] = [];
      const stop = list.onArrival((poll) => {
        shown.push(toast(noticeOf(poll), { actions: [{ label: t`Vote`, act: show }] }));
      });
      return () => {
        stop();
        for (const takeAway of shown) takeAway();
      };
    },
  };
}

function countsOf(polls: readonly Poll[]): { all: number; open: number } {
  return { all: polls.length, open: polls.filter(({ closedAt, ownVote }) => !closedAt && !ownVote).length };
}
