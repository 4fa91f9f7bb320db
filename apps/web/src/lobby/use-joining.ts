import type { Call, Meeting } from '@waterbus/client';
import { type OpenedDevices, type PreJoinState, usePreJoin } from '@waterbus/react';
import { useState } from 'react';
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

/** The package's lobby, with the ways into a meeting that this server offers. */
export function useJoining(lobby: {
  meeting: Meeting;
  devices: OpenedDevices;
  defaultName: string;
  onJoined: (call: Call) => void;
  onMissing: (error: unknown) => void;
  onDenied: () => void;
}): Omit<PreJoinState, 'join' | 'failure'> & {
  join: (way?: Way) => void;
  failure: { error: unknown; message: string } | undefined;
} {
  const { code } = lobby.meeting;
  const { failure, join: enter, ...preJoin } = usePreJoin(lobby);
  // Before the lobby forgets the call of the reloaded page.
  const [breakoutToken] = useState(() => currentCall.breakoutToken(code));
  const join = ({ password, before, replaces, returnToken }: Way = {}) =>
    enter(async ({ onWaiting, ...entry }) => {
      let waited = false;
      const hostToken = remembered.hostToken(code);
      const invitationToken = guestInvitation.of(code);
      try {
        const { join } = await loadCall();
        await before?.();
        return await account.asUser((accessToken) =>
          join({
            ...entry,
            code,
            password: password || undefined,
            hostToken,
            ...(replaces && { replaces }),
            ...(returnToken && { returnToken }),
            ...(invitationToken && { invitationToken }),
            onReturnToken: (token) => currentCall.keepReturn(code, token),
            breakoutToken,
            // The call outlives this token: it requests the one that is valid then.
            accessToken: accessToken && (() => account.accessToken()),
            onWaiting: () => {
              waited = true;
              onWaiting();
            },
          }),
        );
      } catch (error) {
        // An invalid host token must not prevent joining with the password.
        if (hostToken && isPasswordRefused(error)) remembered.forgetHostToken(code);
        if (!entry.signal.aborted && waited && isDenied(error)) lobby.onDenied();
        else if (!entry.signal.aborted && isMeetingMissing(error)) lobby.onMissing(error);
        throw error;
      }
    });
  return { ...preJoin, join, failure: failure && { ...failure, message: messageOf(failure.error) } };
}
