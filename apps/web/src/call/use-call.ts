import { t } from '@lingui/core/macro';
import type { Call, CloseReason } from '@waterbus/client';
import type { DeviceKind, DeviceTrouble, MediaDevicesState } from '@waterbus/react';
import { useEffect, useRef, useState } from 'react';
import { questionOf, troubleText } from '../devices/trouble.js';
import { toast } from '../parts/toasts.js';

/**
 * Calls back when the call is over for any reason. Leaves a call that is no longer shown (for
 * example after the browser's back button).
 */
export function useCallsEnd(call: Call, onOver: (reason: CloseReason) => void): void {
  const latest = useRef(onOver);
  useEffect(() => {
    latest.current = onOver;
  });
  const shown = useRef(false);
  useEffect(() => {
    shown.current = true;
    window.waterbus = { call };
    const stop = call.on('closed', (reason) => latest.current(reason));
    if (call.closeReason) latest.current(call.closeReason);
    return () => {
      stop();
      delete window.waterbus;
      shown.current = false;
      // In development React unmounts and remounts effects at once; that must not leave the call.
      queueMicrotask(() => {
        if (!shown.current) void call.leave();
      });
    };
  }, [call]);
}

/**
 * Reports each join and each leave, unless the list of people is open, which shows them: there a
 * message would cover its first rows. The returned text is for screen readers then.
 */
export function useComingsAndGoings(call: Call, listIsOpen: boolean): string {
  const [announcement, setAnnouncement] = useState('');
  const quiet = useRef(listIsOpen);
  const shown = useRef<(() => void)[]>([]);
  useEffect(() => {
    quiet.current = listIsOpen;
    if (!listIsOpen) setAnnouncement('');
    else for (const takeAway of shown.current.splice(0)) takeAway();
  }, [listIsOpen]);
  useEffect(() => {
    const report = (text: string) => {
      if (quiet.current) setAnnouncement(text);
      else shown.current = [...shown.current, toast(text, { minor: true })].slice(-3);
    };
    const stops = [
      call.on('participant.joined', ({ name }) => report(t`${name} joined`)),
      call.on('participant.left', ({ name }, reason) =>
        report(
          reason === 'kicked'
            ? t`${name} was removed`
            : reason === 'replaced'
              ? t`${name} switched to another device`
              : t`${name} left`,
        ),
      ),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [call]);
  return announcement;
}

/** Reports why a requested microphone or camera is missing. */
export function useDeviceTroubles({ microphone, camera }: MediaDevicesState): void {
  useTrouble('microphone', microphone.trouble);
  useTrouble('camera', camera.trouble);
}

/**
 * Shows a hint while the browser waits for the permission: until then the others neither see nor
 * hear this user.
 */
export function useOpenQuestion(state: MediaDevicesState): void {
  const question = questionOf(state);
  useEffect(() => {
    return question === undefined ? undefined : toast(question, { lasting: true });
  }, [question]);
}

function useTrouble(kind: DeviceKind, trouble: DeviceTrouble | undefined): void {
  // The lobby has already reported earlier troubles.
  const shown = useRef(trouble);
  useEffect(() => {
    if (trouble && trouble !== shown.current) toast(troubleText(trouble, [kind]));
    shown.current = trouble;
  }, [kind, trouble]);
}
