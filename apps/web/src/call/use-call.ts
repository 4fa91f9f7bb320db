import type { Call, CloseReason } from '@waterbus/client';
import { useEffect, useReducer, useRef } from 'react';
import type { DevicesState } from '../devices/local-devices.js';
import { type DeviceKind, type Trouble, troubleText } from '../devices/trouble.js';
import { questionOf } from '../devices/use-devices.js';
import { toast } from '../parts/toasts.js';

/** Renders again after every change of the call; its properties are read while rendering. */
export function useCall(call: Call): void {
  const [, renderAgain] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const stop = call.on('change', renderAgain);
    // What changed between rendering and listening.
    renderAgain();
    return stop;
  }, [call]);
}

/** Tells when the call is over for any reason. A call that is no longer shown (the browser's back, say) is left. */
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
      // In development React takes effects down and up again at once; that is no leaving.
      queueMicrotask(() => {
        if (!shown.current) void call.leave();
      });
    };
  }, [call]);
}

/** Says who comes and goes. */
export function useComingsAndGoings(call: Call): void {
  useEffect(() => {
    const stops = [
      call.on('participant.joined', ({ name }) => toast(`${name} joined`)),
      call.on('participant.left', ({ name }, reason) =>
        toast(`${name} ${reason === 'kicked' ? 'was removed' : 'left'}`),
      ),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [call]);
}

/** Says why a microphone or camera that was asked for is not there. */
export function useDeviceTroubles({ microphone, camera }: DevicesState): void {
  useTrouble('microphone', microphone.trouble);
  useTrouble('camera', camera.trouble);
}

/** Shows what to do as long as the browser asks for a device: until then the others neither see nor hear this user. */
export function useOpenQuestion(state: DevicesState): void {
  const question = questionOf(state);
  useEffect(() => {
    return question === undefined ? undefined : toast(question, { lasting: true });
  }, [question]);
}

function useTrouble(kind: DeviceKind, trouble: Trouble | undefined): void {
  // What was there when the call began was said in the lobby.
  const said = useRef(trouble);
  useEffect(() => {
    if (trouble && trouble !== said.current) toast(troubleText(trouble, [kind]));
    said.current = trouble;
  }, [kind, trouble]);
}
