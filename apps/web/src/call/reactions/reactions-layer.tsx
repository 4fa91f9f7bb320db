import { t } from '@lingui/core/macro';
import type { Call } from '@waterbus/client';
import { useEffect, useRef, useState } from 'react';
import { namesOf } from '../people/names.js';
import { reactionNames } from './reaction-names.js';
import { reactionsText, type ShownReaction, showReaction } from './shown-reactions.js';

/** Reactions rise beside the tiles for some seconds; screen readers get a summary of them. */
export function ReactionsLayer({ call }: { call: Call }) {
  const [shown, setShown] = useState<readonly ShownReaction[]>([]);
  const [announcement, setAnnouncement] = useState('');
  const unannounced = useRef<ShownReaction[]>([]);
  useEffect(() => {
    let lastId = 0;
    const timers = new Set<ReturnType<typeof setTimeout>>();
    const later = (work: () => void, milliseconds: number) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        work();
      }, milliseconds);
      timers.add(timer);
    };
    const announce = () => {
      setAnnouncement(reactionsText(unannounced.current, reactionNames()));
      unannounced.current = [];
    };
    const stop = call.on('reaction', ({ participantId, emoji }) => {
      lastId += 1;
      const name = participantId === call.local.id ? t`You` : namesOf(call).get(participantId);
      if (name === undefined) return;
      const reaction = { id: lastId, participantId, emoji, name };
      setShown((before) => showReaction(before, reaction));
      later(() => setShown((before) => before.filter(({ id }) => id !== reaction.id)), SHOWN_FOR);
      unannounced.current.push(reaction);
      if (unannounced.current.length === 1) later(announce, GATHERED_FOR);
    });
    return () => {
      stop();
      for (const timer of timers) clearTimeout(timer);
    };
  }, [call]);
  return (
    <>
      <p className="visually-hidden" role="status">
        {announcement}
      </p>
      <div className="reactions" aria-hidden="true">
        {shown.map(({ id, emoji, name }) => (
          <span key={id} className="reaction" style={{ insetInlineStart: `${(id % PLACES) * 44}px` }}>
            <span className="reaction-emoji">{emoji}</span>
            <span className="reaction-name">{name}</span>
          </span>
        ))}
      </div>
    </>
  );
}

/** Milliseconds; as long as the movement in the style sheet. */
const SHOWN_FOR = 4_000;
/** Milliseconds: applause is announced once, not twenty times. */
const GATHERED_FOR = 1_500;
/** Reactions beside each other. */
const PLACES = 4;
