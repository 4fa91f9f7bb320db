import { t } from '@lingui/core/macro';
import { type Call, type GetMeetingResponse, isBrowserSupported } from '@waterbus/client';
import type { OpenedDevices } from '@waterbus/react';
import { type ComponentType, lazy, type SubmitEvent, Suspense, useEffect, useEffectEvent, useState } from 'react';
import { DeviceChoice } from '../devices/device-choice.js';
import { PageFooter } from '../frame/page-footer.js';
import { PageHeader } from '../frame/page-header.js';
import { isPasswordRefused } from '../messages.js';
import { useOffer } from '../offer/use-offer.js';
import { Field } from '../parts/field.js';
import { Link } from '../routing/link.js';
import { meetingPath, placePath } from '../routing/route.js';
import { useAccount } from '../sign-in/use-account.js';
import { currentCall } from '../storage/current-call.js';
import { guestInvitation } from '../storage/guest-invitation.js';
import { hasPlace } from '../storage/has-place.js';
import { remembered } from '../storage/remembered.js';
import { JOIN_TOO, JoinButton, SignInToJoin } from './join-button.js';
import { loadCall } from './load-call.js';
import { NoCallsNotice } from './no-calls-notice.js';
import { OwnPreview } from './own-preview.js';
import { useJoining } from './use-joining.js';
import { useOtherDevices } from './use-other-devices.js';
import { useOtherTab } from './use-other-tab.js';
import '../styles/lobby.css';

/** The page before the call: preview, microphone check and name. */
export function LobbyPage(props: LobbyProps) {
  return isBrowserSupported() ? <Lobby {...props} /> : <NoCallsNotice meeting={props.meeting} />;
}

interface LobbyProps {
  meeting: GetMeetingResponse['meeting'];
  devices: OpenedDevices;
  /** Written into the form at first; omitted: the user's. */
  name?: string | undefined;
  onJoined: (call: Call) => void;
  onMissing: (error: unknown) => void;
  onDenied: () => void;
}

function Lobby(props: LobbyProps) {
  const { meeting, devices } = props;
  const { signedIn, user } = useAccount();
  const offer = useOffer();
  const [password, setPassword] = useState('');
  const lobby = useJoining({ ...props, defaultName: props.name ?? user?.name ?? remembered.name() });
  const { name, phase, failure, join } = lobby;
  const [joining, waiting] = [phase !== 'idle', phase === 'waiting'];
  const { isElsewhere, move } = useOtherTab(meeting.code);
  const membership = signedIn ? meeting.membership : undefined;
  const isHost = membership?.role === 'host' || remembered.hostToken(meeting.code) !== undefined;
  const needsAccount = offer?.guests === false && !signedIn && !isHost;
  const otherDevices = useOtherDevices(meeting.code, signedIn);
  const moves = otherDevices.length > 0 && !isElsewhere;
  // Members need none (M1).
  const hasPassword = meeting.passwordRequired && !needsAccount && !isHost && membership?.state !== 'joined';
  const invited = guestInvitation.of(meeting.code) !== undefined;
  const refused = failure !== undefined && isPasswordRefused(failure.error);
  // Nor do users whose call moves here, and guests with an invitation that counts.
  const asksPassword = hasPassword && (refused || !(moves || invited));
  const passwordRefused = asksPassword && refused;

  useReturning(meeting.code, needsAccount, (returnToken) => {
    if (!hasPassword || returnToken || invited) join({ returnToken });
  });

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const trimmed = name.trim();
    if (!trimmed || joining) return;
    remembered.rememberName(trimmed);
    const { submitter } = event.nativeEvent as globalThis.SubmitEvent;
    join({
      password: asksPassword ? password : '',
      before: isElsewhere ? move : undefined,
      replaces: moves && (submitter as HTMLButtonElement | null)?.value !== JOIN_TOO ? otherDevices : undefined,
    });
  };

  return (
    <div className="page">
      <PageHeader next={meetingPath(meeting.code)} />
      <main className="lobby">
        <OwnPreview devices={devices} name={name} avatarUrl={user?.avatarUrl ?? null} />
        <form className="lobby-form" onSubmit={submit}>
          <MeetingName meeting={meeting} />
          {!needsAccount && <NameField name={name} onChange={lobby.setName} />}
          {asksPassword && (
            <Field
              label={t`Password`}
              type="password"
              value={password}
              onChange={(event) => {
                setPassword(event.target.value);
                lobby.forgetFailure();
              }}
              required
              maxLength={128}
              autoComplete="current-password"
              error={passwordRefused && failure.message}
            />
          )}
          {failure && !passwordRefused && (
            <p className="form-error" role="alert">
              {failure.message}
            </p>
          )}
          <LobbyStatus waiting={waiting} elsewhere={joining ? undefined : isElsewhere ? 'tab' : moves && 'device'} />
          {needsAccount ? (
            <SignInToJoin code={meeting.code} />
          ) : (
            <JoinButton
              joining={joining}
              waiting={waiting}
              isElsewhere={isElsewhere}
              moves={moves}
              onCancel={lobby.cancel}
            />
          )}
          {isHost && <p className="field-hint">{t`You join as the host.`}</p>}
          <PlaceLink meeting={meeting} />
        </form>
        <section className="lobby-devices" aria-label={t`Devices`}>
          <DeviceChoice devices={devices} />
        </section>
      </main>
      <PageFooter />
    </div>
  );
}

/** After a reload of the call, once. `returnToken`: a guest's proof in place of the password. */
function useReturning(code: string, needsAccount: boolean, onReturn: (returnToken?: string) => void): void {
  const enter = useEffectEvent(() => {
    const returns = currentCall.wasReloaded(code) && !needsAccount;
    const returnToken = currentCall.returnToken(code);
    currentCall.note(undefined);
    if (returns) onReturn(returnToken);
  });
  useEffect(() => enter(), []);
}

function LobbyStatus({ waiting, elsewhere }: { waiting: boolean; elsewhere: 'tab' | 'device' | false | undefined }) {
  return (
    <>
      <Suspense fallback={null}>
        <ConnectionNotice />
      </Suspense>
      <div className="lobby-status" role="status">
        {elsewhere === 'tab' && <p className="field-hint">{t`You are in this call in another tab.`}</p>}
        {elsewhere === 'device' && <p className="field-hint">{t`You are in this call on another device.`}</p>}
        {waiting && (
          <p className="lobby-waiting">
            <strong>{t`Waiting to be let in`}</strong>
            {t`A moderator has to let you in. Stay on this page.`}
          </p>
        )}
      </div>
    </>
  );
}

function NameField({ name, onChange }: { name: string; onChange: (name: string) => void }) {
  return (
    <Field
      label={t`Your name`}
      value={name}
      onChange={(event) => onChange(event.target.value)}
      required
      pattern=".*\S.*"
      title={t`At least one letter`}
      maxLength={64}
      autoComplete="name"
    />
  );
}

function MeetingName({ meeting: { title, code } }: { meeting: GetMeetingResponse['meeting'] }) {
  return (
    <div>
      <h1>{title}</h1>
      <p className="lobby-code">{code}</p>
    </div>
  );
}

function PlaceLink({ meeting }: { meeting: GetMeetingResponse['meeting'] }) {
  if (!hasPlace(meeting)) return null;
  return (
    <p className="field-hint">
      <Link to={placePath(meeting.code)}>{t`People, dates, chat and settings of this meeting`}</Link>
    </p>
  );
}

/** Joining never waits for it. Without the network there is nothing to test. */
const ConnectionNotice = lazy<ComponentType>(() =>
  loadCall().then(
    ({ ConnectionNotice }) => ({ default: ConnectionNotice }),
    () => ({ default: () => null }),
  ),
);
