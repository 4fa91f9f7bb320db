import { t } from '@lingui/core/macro';
import type { Call } from '@waterbus/client';
import type { MediaDeviceState, OpenedDevices } from '@waterbus/react';
import { useEffect, useState } from 'react';
import { useTalking } from '../devices/use-talking.js';
import { toast } from '../parts/toasts.js';
import { usePreferences } from './use-preferences.js';

/**
 * Reports that the user talks while the microphone is muted. The sound is measured in the page
 * alone: nothing of it is sent.
 */
export function useMutedTalking(call: Call, devices: OpenedDevices, microphone: MediaDeviceState): void {
  const { pushToTalk } = usePreferences();
  const isGranted = call.grants.publish.includes('microphone');
  const talking = useTalking(useListening(microphone.on || !isGranted ? undefined : microphone.track));
  const isMuted = !microphone.on;
  useEffect(() => {
    if (!talking || !isMuted) return;
    // A cough is no speech.
    const timer = setTimeout(() => {
      if (performance.now() - lastShown < SHOWN_AGAIN_AFTER) return;
      lastShown = performance.now();
      const hint = pushToTalk && window.matchMedia('(hover: hover)').matches ? t`Hold Space to talk.` : '';
      shown = toast([t`You’re talking, but you’re muted.`, hint].join(' ').trim(), {
        actions: [{ label: t`Unmute`, name: t`Turn on your microphone`, act: () => devices.toggle('microphone') }],
      });
    }, SPEECH);
    return () => clearTimeout(timer);
  }, [talking, isMuted, devices, pushToTalk]);
  useEffect(() => {
    if (isMuted) return;
    shown();
    shown = () => {};
  }, [isMuted]);
}

/** A copy of the muted track that is not silent. */
function useListening(track: MediaStreamTrack | undefined): MediaStreamTrack | undefined {
  const [copy, setCopy] = useState<MediaStreamTrack>();
  useEffect(() => {
    if (!track) return;
    const listening = track.clone();
    listening.enabled = true;
    setCopy(listening);
    return () => {
      listening.stop();
      setCopy(undefined);
    };
  }, [track]);
  return copy;
}

/** Milliseconds of talking. */
const SPEECH = 1_200;
/** Milliseconds: who talks to somebody in the room need not hear of it all the time. */
const SHOWN_AGAIN_AFTER = 30_000;

let lastShown = Number.NEGATIVE_INFINITY;
let shown = () => {};
