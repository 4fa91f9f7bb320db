import { t } from '@lingui/core/macro';
import type { Call, WaitingParticipant } from '@waterbus/client';
import { type Conversation, useConversationState } from '@waterbus/react';
import { useEffect, useRef } from 'react';
import { preferences } from '../storage/preferences.js';
import { attentionTitle, newcomers, notifySystem } from './attention.js';
import { noticeOf } from './chat/notice-of.js';
import { plainly } from './chat/plainly.js';
import { playSound, type Sound } from './sounds.js';

/**
 * Reaches users that look at another tab or window: the title counts unread messages and knocks;
 * sounds and, on request, notifications of the system report what happens.
 */
export function useAttention(
  call: Call,
  conversation: Conversation,
  waiting: readonly WaitingParticipant[],
  chatIsOpen: boolean,
): void {
  const unread = useConversationState(conversation).unreadCount;
  useTitle(call.title, attentionTitle(call.title, unread, waiting.length));
  useComingSounds(call);
  useKnockAlerts(waiting);
  useEffect(
    () =>
      conversation.onArrival((messages) => {
        if (chatIsOpen && !document.hidden) return;
        const { from, text } = noticeOf(messages, conversation.mentionsMe);
        void plainly(text).then((plain) => alertUser('message', from, plain));
      }),
    [conversation, chatIsOpen],
  );
}

function useTitle(title: string, counted: string): void {
  useEffect(() => {
    document.title = counted;
    return () => {
      document.title = attentionTitle(title, 0, 0);
    };
  }, [title, counted]);
}

function useComingSounds(call: Call): void {
  useEffect(() => {
    const sound = (of: Sound) => {
      if (preferences.state.sounds && call.participants.length <= QUIET_FROM) playSound(of);
    };
    const stops = [
      call.on('participant.joined', () => sound('joined')),
      call.on('participant.left', () => sound('left')),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [call]);
}

function useKnockAlerts(waiting: readonly WaitingParticipant[]): void {
  const before = useRef(waiting);
  useEffect(() => {
    const knocking = newcomers(before.current, waiting);
    before.current = waiting;
    const last = waiting.findLast(({ id }) => knocking.includes(id));
    if (last) alertUser('knock', last.name, t`is waiting to be let in`);
  }, [waiting]);
}

/** Plays the sound and notifies users that look elsewhere, as far as they want that. */
export function alertUser(sound: Sound, title: string, text: string): void {
  const { sounds, notifications } = preferences.state;
  if (sounds) playSound(sound);
  if (notifications) notifySystem(title, text, sound);
}

/** People in a call from which on comings and goings make no sound: they would never end. */
const QUIET_FROM = 20;
