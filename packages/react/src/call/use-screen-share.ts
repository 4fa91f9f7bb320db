import type { Call } from '@waterbus/client';
import { useRef, useState } from 'react';
import { canShareScreen, shareScreen, stopSharing } from '../devices/screen-share.js';
import { useCall } from './use-call.js';

/**
 * This user's shared screen. `isOffered`: whether the browser can share; `isPending`: while the user
 * chooses a screen, and `toggle` does nothing.
 *
 * @param onFailure Called with what prevented the change.
 */
export function useScreenShare(
  call: Call,
  onFailure: (error: unknown) => void = () => {},
): { isOffered: boolean; isSharing: boolean; isPending: boolean; toggle: () => void } {
  useCall(call);
  const [isPending, setPending] = useState(false);
  const busy = useRef(false);
  const isSharing = call.local.publication('screen') !== undefined;
  const toggle = () => {
    if (busy.current) return;
    busy.current = true;
    setPending(true);
    (isSharing ? stopSharing(call) : shareScreen(call)).catch(onFailure).finally(() => {
      busy.current = false;
      setPending(false);
    });
  };
  return { isOffered: canShareScreen(), isSharing, isPending, toggle };
}
