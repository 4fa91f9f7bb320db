import { t } from '@lingui/core/macro';
import type { Reaction } from '@waterbus/client';

/** As screen readers and buttons name them. */
export const reactionNames = (): Record<Reaction, string> => ({
  '👍': t`Thumbs up`,
  '❤️': t`Heart`,
  '👏': t`Applause`,
  '😂': t`Laughing`,
  '😮': t`Surprised`,
  '🎉': t`Celebration`,
});
