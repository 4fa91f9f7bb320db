import type { Call } from '@waterbus/client';
import { type ReactNode, useRef } from 'react';
import { useCallAudio } from './use-call-audio.js';

/**
 * Plays the sound of all participants, also of those without a tile. Browsers may require a click
 * first: then `refused` renders a button, which calls its argument.
 *
 * @param props.speakerId Device for the sound; undefined: the system's default.
 */
export function RemoteSound(props: {
  call: Pick<Call, 'on' | 'participants'>;
  speakerId?: string | undefined;
  refused: (play: () => void) => ReactNode;
}) {
  const place = useRef<HTMLSpanElement>(null);
  const { blocked, startAudio } = useCallAudio(props.call, props.speakerId, place);
  return (
    <>
      <span ref={place} hidden data-waterbus="sound" />
      {blocked && props.refused(startAudio)}
    </>
  );
}
