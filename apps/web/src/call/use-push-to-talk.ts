import type { Call } from '@waterbus/client';
import type { OpenedDevices } from '@waterbus/react';
import { useEffect } from 'react';
import { ownsSpace, PushToTalk } from './push-to-talk.js';
import { usePreferences } from './use-preferences.js';

/** Space unmutes the microphone while it is held, unless the user has turned that off. */
export function usePushToTalk(call: Call, devices: OpenedDevices): void {
  const { pushToTalk } = usePreferences();
  useEffect(() => {
    if (!pushToTalk) return;
    const talk = new PushToTalk({
      isMuted: () => {
        const { on, track } = devices.state.microphone;
        return !on && track !== undefined && call.grants.publish.includes('microphone');
      },
      switchOn: () => devices.switchOnMicrophone(),
      switchOff: () => devices.switchOff('microphone'),
    });
    let focusedByPointer = false;
    const down = (event: KeyboardEvent) => {
      if (event.key !== ' ') focusedByPointer = false;
      if (event.key !== ' ' || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      // A dialog is modal, and a click beside its controls may leave the focus on the page behind.
      if (ownsSpace(event.target, focusedByPointer) || document.querySelector('dialog[open]')) return;
      if (talk.press()) event.preventDefault();
    };
    const up = (event: KeyboardEvent) => {
      // Of a focused button, the release of the key would be a click.
      if (event.key === ' ' && talk.release()) event.preventDefault();
    };
    const point = () => {
      focusedByPointer = true;
    };
    const release = () => void talk.release();
    window.addEventListener('keydown', down);
    window.addEventListener('keyup', up);
    window.addEventListener('pointerdown', point);
    window.addEventListener('blur', release);
    document.addEventListener('visibilitychange', release);
    return () => {
      talk.release();
      window.removeEventListener('keydown', down);
      window.removeEventListener('keyup', up);
      window.removeEventListener('pointerdown', point);
      window.removeEventListener('blur', release);
      document.removeEventListener('visibilitychange', release);
    };
  }, [call, devices, pushToTalk]);
}
