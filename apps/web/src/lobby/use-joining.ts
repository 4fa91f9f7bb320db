import type { Call, Meeting } from '@waterbus/client';
import { type OpenedDevices, tracksToPublish } from '@waterbus/react';
import { useEffect, useRef, useState } from 'react';
import { isDenied, isMeetingMissing, isPasswordRefused, messageOf } from '../messages.js';
import { account } from '../sign-in/account.js';
import { currentCall } from '../storage/current-call.js';
import { guestInvitation } from '../storage/guest-invitation.js';
import { remembered } from '../storage/remembered.js';
import { loadCall } from './load-call.js';

export interface Way {
  password?: string;
  /** Ends the call in another tab: both at once would echo. */
  before?: (() => Promise<void>) | undefined;
  /** The user's participants on other devices, from which the call moves here. */
  replaces?: string[] | undefined;
  /** Of this page before its reload. */
  returnToken?: string | undefined;
}

/** Joins from the lobby, once at a time; leaving the lobby aborts it. */
export function useJoining(lobby: {
  meeting: Meeting;
  devices: OpenedDevices;
  onJoined: (call: Call) => void;
  onMissing: (error: unknown) => void;
  onDenied: () => void;
}) {
  const [joining, setJoining] = useState(false);
  /** A moderator must admit the user. */
  const [waiting, setWaiting] = useState(false);
  const [failure, setFailure] = useState<{ error: unknown; message: string }>();
  const attempt = useRef<AbortController>(undefined);
  // Before the lobby forgets the call of the reloaded page.
  const [breakoutToken] = useState(() => currentCall.breakoutToken(lobby.meeting.code));
  useEffect(() => () => attempt.current?.abort(), []);

  const attemptJoin = async (name: string, { password, before, replaces, returnToken }: Way = {}) => {
    const { code } = lobby.meeting;
    const abort = new AbortController();
    attempt.current = abort;
    setJoining(true);
    setFailure(undefined);
    let waited = false;
    const hostToken = remembered.hostToken(code);
    const invitationToken = guestInvitation.of(code);
    try {
      const { join } = await loadCall();
      await before?.();
      const call = await account.asUser((accessToken) =>
        join({
          code,
          name,
          password: password || undefined,
          hostToken,
          ...(replaces && { replaces }),
          ...(returnToken && { returnToken }),
          ...(invitationToken && { invitationToken }),
          onReturnToken: (token) => currentCall.keepReturn(code, token),
          breakoutToken,
          // The call outlives this token: it requests the one that is valid then.
          accessToken: accessToken && (() => account.accessToken()),
          tracks: tracksToPublish(lobby.devices.state),
          onlyObserved: true,
          signal: abort.signal,
          onWaiting: () => {
            waited = true;
            setWaiting(true);
          },
        }),
      );
      if (abort.signal.aborted) await call.leave();
      else lobby.onJoined(call);
    } catch (error) {
      if (abort.signal.aborted) return;
      // An invalid host token must not prevent joining with the password.
      if (hostToken && isPasswordRefused(error)) remembered.forgetHostToken(code);
      if (waited && isDenied(error)) return lobby.onDenied();
      if (isMeetingMissing(error)) return lobby.onMissing(error);
      setFailure({ error, message: messageOf(error) });
      setJoining(false);
      setWaiting(false);
    }
  };

  const cancel = () => {
    attempt.current?.abort();
    setJoining(false);
    setWaiting(false);
  };

  return { joining, waiting, cancel, failure, join: attemptJoin, forgive: () => setFailure(undefined) };
}
