import type { Call } from '@waterbus/client';
import type { ReactNode, SubmitEvent } from 'react';
import type { Entry } from '../call/joining.js';
import { usePreJoin } from '../call/use-pre-join.js';
import { askingDevices, deviceTroubles } from '../devices/device-notes.js';
import type { DeviceKind, DeviceTrouble, MediaDevicesStore } from '../devices/media-devices.js';
import { useMediaDevices } from '../devices/use-media-devices.js';
import { type CONTROL_LABELS, DeviceControls, type DrawControl } from './control.js';
import { type DEVICE_LABELS, DeviceSelects } from './device-select.js';
import { Preview } from './preview.js';

/** The English texts of `PreJoin`. */
export const PRE_JOIN_LABELS = {
  preview: 'Preview',
  cameraOff: 'Your camera is off',
  pressAllow: (devices: DeviceKind[]) =>
    `Your browser asks whether this page may use your ${both(devices)}. Press Allow.`,
  trouble: (trouble: DeviceTrouble, devices: DeviceKind[]) => `Your ${both(devices)}: ${TROUBLES[trouble]}.`,
  name: 'Your name',
  join: 'Join',
  joining: 'Joining…',
  waiting: 'A moderator has to let you in. Stay on this page.',
  cancel: 'Cancel',
};

/**
 * The page before a call: the user's own picture, the devices and their troubles, the name, the wait
 * for a moderator. For another arrangement take its parts: `usePreJoin`, `Preview`,
 * `DeviceControls`, `DeviceSelects`.
 *
 * @param props.enter Joins: `(entry) => join({ ...entry, code })`. A rejection is shown by `failure`.
 * @param props.failure Text for the error of `enter`; omitted: its message.
 * @param props.over Over the picture: further buttons.
 * @param props.children Further fields, before the button: a password, notices.
 */
export function PreJoin(props: {
  devices: MediaDevicesStore;
  defaultName?: string | undefined;
  enter: (entry: Entry) => Promise<Call>;
  onJoined: (call: Call) => void;
  failure?: (error: unknown) => ReactNode;
  labels?: Partial<typeof PRE_JOIN_LABELS & typeof CONTROL_LABELS & typeof DEVICE_LABELS>;
  draw?: DrawControl;
  over?: ReactNode;
  className?: string;
  children?: ReactNode;
}) {
  const { devices, enter, failure: textOf = messageOf, draw } = props;
  const { name, setName, phase, failure, join, cancel } = usePreJoin(props);
  const state = useMediaDevices(devices);
  const labels = { ...PRE_JOIN_LABELS, ...props.labels };
  const waiting = phase === 'waiting';
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    join(enter);
  };
  const asking = askingDevices(state);
  return (
    <form className={props.className} data-waterbus="pre-join" onSubmit={submit}>
      <section aria-label={labels.preview}>
        <Preview devices={devices} empty={<p>{labels.cameraOff}</p>}>
          <DeviceControls devices={devices} labels={labels} {...(draw && { draw })} />
          {props.over}
        </Preview>
        {/* Always present: a live region must exist before its content changes. */}
        <div role="status" data-waterbus="device-notes">
          {asking.length > 0 && <p>{labels.pressAllow(asking)}</p>}
          {deviceTroubles(state).map(({ trouble, devices: kinds }) => (
            <p key={kinds[0]}>{labels.trouble(trouble, kinds)}</p>
          ))}
        </div>
      </section>
      <DeviceSelects devices={devices} labels={labels} />
      <label>
        {labels.name}
        <input
          value={name}
          onChange={(event) => setName(event.target.value)}
          required
          maxLength={64}
          autoComplete="name"
        />
      </label>
      {props.children}
      {failure && <p role="alert">{textOf(failure.error)}</p>}
      <p role="status">{waiting && labels.waiting}</p>
      <button
        type={waiting ? 'button' : 'submit'}
        aria-disabled={phase === 'joining' ? true : undefined}
        onClick={(event) => {
          if (!waiting) return;
          // The element becomes the submitting button again during this click.
          event.preventDefault();
          cancel();
        }}
      >
        {waiting ? labels.cancel : phase === 'joining' ? labels.joining : labels.join}
      </button>
    </form>
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function both(devices: DeviceKind[]): string {
  return devices.join(' and ');
}

const TROUBLES: Record<DeviceTrouble, string> = {
  denied: 'the browser does not let this page use it; allow it next to the address',
  none: 'none was found',
  busy: 'it could not be started; another program may be using it',
  lost: 'it was disconnected',
  insecure: 'browsers give it only to pages on https or localhost',
  failed: 'it could not be started',
};
