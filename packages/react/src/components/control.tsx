import type { ReactNode } from 'react';
import type { DeviceKind, DeviceTrouble, MediaDeviceState, MediaDevicesStore } from '../devices/media-devices.js';
import { useMediaDevices } from '../devices/use-media-devices.js';

/** The names of the buttons, for people who see them and for those who hear them. */
export const CONTROL_LABELS = {
  controls: 'Call controls',
  mute: 'Mute microphone',
  unmute: 'Unmute microphone',
  /** While the browser waits for the permission. */
  askingMicrophone: 'Microphone: press Allow in your browser',
  stopCamera: 'Stop camera',
  startCamera: 'Start camera',
  askingCamera: 'Camera: press Allow in your browser',
  share: 'Share screen',
  stopSharing: 'Stop sharing',
  leave: 'Leave',
};

/** One button of a call, for whatever draws it. */
export interface Control {
  readonly name: DeviceKind | 'screen' | 'leave';
  /** What a click does, or what the button waits for: its accessible name. */
  readonly label: string;
  readonly isOn: boolean;
  /** Waits for the user's answer to the browser: clicks do nothing (`aria-disabled`). */
  readonly isPending: boolean;
  /** Why the device is off, against the user's wish; a click tries again. */
  readonly trouble: DeviceTrouble | undefined;
  readonly onClick: () => void;
}

/** Draws a control; omitted: a plain button with the label as its text. */
export type DrawControl = (control: Control) => ReactNode;

/** A plain button. For styles: `data-button`, `data-on`, `data-pending`, `data-trouble`. */
export const plainControl: DrawControl = ({ name, label, isOn, isPending, trouble, onClick }) => (
  <button
    key={name}
    type="button"
    data-button={name}
    data-on={isOn ? '' : undefined}
    data-pending={isPending ? '' : undefined}
    data-trouble={trouble}
    aria-disabled={isPending ? true : undefined}
    onClick={onClick}
  >
    {label}
  </button>
);

/** The buttons of the microphone and the camera. */
export function DeviceControls(props: {
  devices: Pick<MediaDevicesStore, 'state' | 'subscribe' | 'toggle'>;
  labels?: Partial<typeof CONTROL_LABELS>;
  draw?: DrawControl;
}) {
  const { devices, draw = plainControl } = props;
  const { microphone, camera } = useMediaDevices(devices);
  const labels = { ...CONTROL_LABELS, ...props.labels };
  const control = (
    name: DeviceKind,
    { on, asking, trouble }: MediaDeviceState,
    [askingLabel, onLabel, offLabel]: readonly [string, string, string],
  ): Control => ({
    name,
    label: asking ? askingLabel : on ? onLabel : offLabel,
    // Until the user has answered, nothing is sent.
    isOn: on && !asking,
    isPending: asking,
    trouble,
    onClick: () => devices.toggle(name),
  });
  return (
    <>
      {draw(control('microphone', microphone, [labels.askingMicrophone, labels.mute, labels.unmute]))}
      {draw(control('camera', camera, [labels.askingCamera, labels.stopCamera, labels.startCamera]))}
    </>
  );
}
