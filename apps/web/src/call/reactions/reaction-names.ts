import type { Reaction } from '@waterbus/client';

/** As screen readers and buttons name them. */
export const REACTION_NAMES: Record<Reaction, string> = {
  '👍': 'Thumbs up',
  '❤️': 'Heart',
  '👏': 'Applause',
  '😂': 'Laughing',
  '😮': 'Surprised',
  '🎉': 'Celebration',
};
