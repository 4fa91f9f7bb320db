import { t } from '@lingui/core/macro';
import { type Call, type GetMeetingResponse, getMeeting } from '@waterbus/client';
import { lazy, useEffect, useState } from 'react';
import { brand } from '../brand.js';
import { useOpenDevices } from '../devices/use-open-devices.js';
import { Notice } from '../frame/notice.js';
import { loadCall } from '../lobby/load-call.js';
import { LobbyPage } from '../lobby/lobby-page.js';
import { farewell, isMeetingMissing, isSignedOut, messageOf, type OverReason } from '../messages.js';
import { toastList } from '../parts/toasts.js';
import { Link } from '../routing/link.js';
import { placePath } from '../routing/route.js';
import { account } from '../sign-in/account.js';
import { guestInvitation } from '../storage/guest-invitation.js';
import { hasPlace } from '../storage/has-place.js';

type Meeting = GetMeetingResponse['meeting'];

type Stage =
  | { at: 'loading' }
  | { at: 'failed'; error: unknown }
  | { at: 'lobby'; meeting: Meeting }
  | { at: 'denied'; meeting: Meeting }
  | { at: 'call'; meeting: Meeting; call: Call }
  | { at: 'over'; meeting: Meeting; reason: OverReason };

/** A meeting from its link on: the lobby, the call, and the page after it. */
export function MeetingPage({ code }: { code: string }) {
  useState(() => guestInvitation.take(code));
  const [stage, setStage] = useState<Stage>({ at: 'loading' });
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt loads again
  useEffect(() => {
    const leaving = new AbortController();
    openMeeting(code, leaving.signal).then(
      (meeting) => !leaving.signal.aborted && setStage({ at: 'lobby', meeting }),
      (error) => !leaving.signal.aborted && setStage({ at: 'failed', error }),
    );
    return () => leaving.abort();
  }, [code, attempt]);

  // The devices are open from the lobby to the end of the call, and no longer.
  const devices = useOpenDevices(stage.at === 'lobby' || stage.at === 'call');
  const title = 'meeting' in stage ? stage.meeting.title : undefined;
  useEffect(() => {
    document.title = title ? `${title} · ${brand.name}` : brand.name;
  }, [title]);

  // Another page at the same address: messages about the former one are removed.
  const { at } = stage;
  useEffect(() => () => void (at && toastList.clear()), [at]);

  switch (stage.at) {
    case 'loading':
      return <p className="loading">{t`Opening the meeting…`}</p>;
    case 'failed':
      return (
        <FailedNotice
          error={stage.error}
          onAgain={() => {
            setStage({ at: 'loading' });
            setAttempt(attempt + 1);
          }}
        />
      );
    case 'lobby': {
      const { meeting } = stage;
      return (
        <LobbyPage
          meeting={meeting}
          devices={devices}
          onJoined={(call) => setStage({ at: 'call', meeting, call })}
          onMissing={(error) => setStage({ at: 'failed', error })}
          onDenied={() => setStage({ at: 'denied', meeting })}
        />
      );
    }
    case 'denied':
      return <Notice title={t`You were not let in`} text={t`A moderator declined your request.`} />;
    case 'call': {
      const { meeting, call } = stage;
      return (
        <CallPage
          call={call}
          userId={account.state.userId}
          devices={devices}
          onOver={(reason) => setStage({ at: 'over', meeting, reason })}
        />
      );
    }
    case 'over': {
      const { meeting, reason } = stage;
      return <OverNotice meeting={meeting} reason={reason} onRejoin={() => setStage({ at: 'lobby', meeting })} />;
    }
  }
}

function FailedNotice({ error, onAgain }: { error: unknown; onAgain: () => void }) {
  if (isMeetingMissing(error))
    return <Notice title={t`Meeting not found`} text={t`Check the code, or ask for a new link.`} />;
  return (
    <Notice title={t`The meeting could not be opened`} text={messageOf(error)}>
      <button type="button" className="button primary" onClick={onAgain}>
        {t`Try again`}
      </button>
    </Notice>
  );
}

function OverNotice({ meeting, reason, onRejoin }: { meeting: Meeting; reason: OverReason; onRejoin: () => void }) {
  const place = hasPlace(meeting) && reason !== 'kicked';
  return (
    <Notice {...farewell(reason)}>
      {reason !== 'kicked' && reason !== 'room-closed' && reason !== 'replaced' && (
        <button type="button" className="button primary" onClick={onRejoin}>
          {reason === 'waiting-room' ? t`Ask to be let in` : t`Rejoin`}
        </button>
      )}
      {place && (
        <Link to={placePath(meeting.code)} className="button">
          {t`Meeting page`}
        </Link>
      )}
    </Notice>
  );
}

/**
 * Requests it as the user, for whom the answer may contain more. A user without a valid session is
 * a guest.
 */
function openMeeting(code: string, signal: AbortSignal): Promise<Meeting> {
  return account
    .asUser((accessToken) => getMeeting({ code, accessToken, signal }))
    .catch((error) => {
      if (isSignedOut(error)) return getMeeting({ code, signal });
      throw error;
    });
}

/** The lobby has loaded it: joining needs it first. */
const CallPage = lazy(async () => ({ default: (await loadCall()).CallPage }));
