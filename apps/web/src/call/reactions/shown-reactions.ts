import { plural } from '@lingui/core/macro';
import type { Reaction } from '@waterbus/client';
import { listOf } from '../../language/language.js';

export interface ShownReaction {
  id: number;
  participantId: string;
  emoji: Reaction;
  name: string;
}

/** The reactions on the screen, the newest last; the oldest ones make room. */
export function showReaction(shown: readonly ShownReaction[], next: ShownReaction): ShownReaction[] {
  return [...shown, next].slice(-MOST_SHOWN);
}

/**
 * The text that reports reactions to screen readers: each kind once, with the names, or their
 * number beyond two.
 */
export function reactionsText(
  reactions: readonly Pick<ShownReaction, 'emoji' | 'name'>[],
  nameOf: Record<Reaction, string>,
): string {
  const names = new Map<Reaction, Set<string>>();
  for (const { emoji, name } of reactions) names.set(emoji, (names.get(emoji) ?? new Set()).add(name));
  return [...names]
    .map(([emoji, people]) => {
      const who = people.size > 2 ? plural({ count: people.size }, { other: '# people' }) : listOf([...people]);
      return `${nameOf[emoji]}: ${who}`;
    })
    .join('. ');
}

/** More would cover the faces. */
const MOST_SHOWN = 12;
