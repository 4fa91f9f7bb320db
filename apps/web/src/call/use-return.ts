import type { Call } from '@waterbus/client';
import { useEffect, useState } from 'react';
import { currentCall } from '../storage/current-call.js';

/**
 * Keeps users from leaving by accident: a reload leads back into the call, and the browser's Back
 * asks first. `asking`: whether it does.
 */
export function useReturn(call: Call): { asking: boolean; stay: () => void } {
  const [asking, setAsking] = useState(false);
  useEffect(() => {
    if (call.connection === 'closed') return;
    // Its history is that of the page around it, whose Back must not ask.
    if (window.parent !== window) return;
    currentCall.note(call.code);
    // Another entry of the same address: Back removes it, and the page remains.
    if (!isOwnEntry()) window.history.pushState(ENTRY, '');
    const back = () => {
      if (isOwnEntry() || window.location.pathname !== address) return;
      window.history.pushState(ENTRY, '');
      setAsking(true);
    };
    const address = window.location.pathname;
    window.addEventListener('popstate', back);
    const stop = call.on('closed', () => {
      window.removeEventListener('popstate', back);
      // The SDK also leaves the call of a page that is unloaded: there no timer fires.
      setTimeout(() => {
        currentCall.note(undefined);
        if (isOwnEntry()) window.history.back();
      });
    });
    return () => {
      window.removeEventListener('popstate', back);
      stop();
    };
  }, [call]);
  return { asking, stay: () => setAsking(false) };
}

function isOwnEntry(): boolean {
  return (window.history.state as { call?: unknown } | null)?.call === true;
}

const ENTRY = { call: true };
