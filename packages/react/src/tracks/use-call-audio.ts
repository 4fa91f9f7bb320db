import { type Call, type CallAudio, playAudio } from '@waterbus/client';
import { type RefObject, useEffect, useState } from 'react';

/**
 * Plays the sound of all other participants, without rendering for their changes.
 *
 * @param within Holds the elements; omitted: they are not on the page.
 * @returns `blocked`: the browser requires a click, whose handler calls `startAudio`.
 */
export function useCallAudio(
  call: Pick<Call, 'on' | 'participants'>,
  speakerId?: string,
  within?: RefObject<Element | null>,
): { blocked: boolean; startAudio: () => void } {
  const [audio, setAudio] = useState<CallAudio>();
  const [blocked, setBlocked] = useState(false);
  useEffect(() => {
    const playing = playAudio(call, { within: within?.current ?? undefined });
    playing.on('audioBlocked', setBlocked);
    setAudio(playing);
    return () => {
      playing.stop();
      setBlocked(false);
    };
  }, [call, within]);
  useEffect(() => {
    // The speaker is unplugged, or browsers do not let pages choose: the present one plays on.
    if (speakerId !== undefined) audio?.setSpeaker(speakerId).catch(() => {});
  }, [audio, speakerId]);
  return { blocked, startAudio: () => void audio?.startAudio() };
}
