import type { Call, Meeting } from '@waterbus/client';
import { type SubmitEvent, useState } from 'react';
import { DeviceChoice } from '../devices/device-choice.js';
import type { LocalDevices } from '../devices/local-devices.js';
import { isPasswordRefused } from '../messages.js';
import { Brand } from '../parts/brand.js';
import { Field } from '../parts/field.js';
import { remembered } from '../storage/remembered.js';
import { Preview } from './preview.js';
import { useJoining } from './use-joining.js';

/** Before the call: see yourself, see that the microphone works, say who you are. */
export function LobbyPage(props: {
  meeting: Meeting;
  devices: LocalDevices;
  onJoined: (call: Call) => void;
  onMissing: (error: unknown) => void;
  onDenied: () => void;
}) {
  const { meeting, devices } = props;
  const [name, setName] = useState(remembered.name);
  const [password, setPassword] = useState('');
  const { joining, waiting, cancel, failure, join, forgive } = useJoining(props);
  const isHost = remembered.hostToken(meeting.code) !== undefined;
  const asksPassword = meeting.passwordRequired && !isHost;
  const passwordRefused = asksPassword && failure !== undefined && isPasswordRefused(failure.error);

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const trimmed = name.trim();
    if (!trimmed || joining) return;
    remembered.rememberName(trimmed);
    void join(trimmed, asksPassword ? password : '');
  };

  return (
    <div className="page">
      <header className="page-header">
        <Brand />
      </header>
      <main className="lobby">
        <Preview devices={devices} name={name} />
        <form className="lobby-form" onSubmit={submit}>
          <div>
            <h1>{meeting.title}</h1>
            <p className="lobby-code">{meeting.code}</p>
          </div>
          <Field
            label="Your name"
            value={name}
            onChange={(event) => setName(event.target.value)}
            required
            pattern=".*\S.*"
            title="At least one letter"
            maxLength={64}
            autoComplete="name"
          />
          {asksPassword && (
            <Field
              label="Password"
              type="password"
              value={password}
              onChange={(event) => {
                setPassword(event.target.value);
                forgive();
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
          <div className="lobby-status" role="status">
            {waiting && (
              <p className="lobby-waiting">
                <strong>Waiting to be let in</strong>
                Somebody who runs the meeting has to open. Stay on this page.
              </p>
            )}
          </div>
          {waiting ? (
            <button
              type="button"
              className="button large"
              onClick={(event) => {
                // React keeps the element, and with it the focus: before this click is over it is the submitting button again.
                event.preventDefault();
                cancel();
              }}
            >
              Cancel
            </button>
          ) : (
            <button type="submit" className="button primary large" aria-disabled={joining}>
              {joining ? 'Joining…' : 'Join now'}
            </button>
          )}
          {isHost && <p className="field-hint">You join as the host.</p>}
        </form>
        <section className="lobby-devices" aria-label="Devices">
          <DeviceChoice devices={devices} />
        </section>
      </main>
    </div>
  );
}
