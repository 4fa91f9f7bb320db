import type { Call } from '@waterbus/client';
import type { ReactNode } from 'react';
import { useCall } from '../call/use-call.js';
import type { MediaDeviceState, MediaDevicesStore } from '../devices/media-devices.js';
import { canShareScreen, shareScreen, stopSharing } from '../devices/screen-share.js';
import { useMediaDevices } from '../devices/use-media-devices.js';

/** The names of the buttons, for people who see them and for those who hear them. */
export const CONTROL_LABELS = {
  controls: 'Call controls',
  mute: 'Mute microphone',
  unmute: 'Unmute microphone',
  stopCamera: 'Stop camera',
  startCamera: 'Start camera',
  share: 'Share screen',
  stopSharing: 'Stop sharing',
  leave: 'Leave',
};

/**
 * The buttons of a call: microphone, camera, screen, leaving. For styles: `data-button` names the
 * button, and `data-on` is set while it is on.
 *
 * @param props.children Further buttons, before the one that leaves.
 * @param props.onFailure Called with what prevented sharing a screen.
 */
export function Controls(props: {
  call: Call;
  devices: MediaDevicesStore;
  labels?: Partial<typeof CONTROL_LABELS>;
  onFailure?: (error: unknown) => void;
  children?: ReactNode;
}) {
  const { call, devices, onFailure = () => {}, children } = props;
  useCall(call);
  const labels = { ...CONTROL_LABELS, ...props.labels };
  const isSharing = call.local.publication('screen') !== undefined;
  const share = () => void (isSharing ? stopSharing(call) : shareScreen(call)).catch(onFailure);
  return (
    <section aria-label={labels.controls} data-waterbus="controls">
      <DeviceControls devices={devices} labels={labels} />
      {canShareScreen() && (
        <Control name="screen" isOn={isSharing} label={isSharing ? labels.stopSharing : labels.share} onClick={share} />
      )}
      {children}
      <Control name="leave" label={labels.leave} onClick={() => void call.leave()} />
    </section>
  );
}

/** The buttons of the microphone and the camera. */
export function DeviceControls(props: { devices: MediaDevicesStore; labels?: Partial<typeof CONTROL_LABELS> }) {
  const { devices } = props;
  const { microphone, camera } = useMediaDevices(devices);
  const labels = { ...CONTROL_LABELS, ...props.labels };
  const look = ({ on, asking }: MediaDeviceState, onLabel: string, offLabel: string) => ({
    isOn: on,
    // The answer to the browser's question decides.
    disabled: asking,
    label: on ? onLabel : offLabel,
  });
  return (
    <>
      <Control
        name="microphone"
        {...look(microphone, labels.mute, labels.unmute)}
        onClick={() => devices.toggle('microphone')}
      />
      <Control
        name="camera"
        {...look(camera, labels.stopCamera, labels.startCamera)}
        onClick={() => devices.toggle('camera')}
      />
    </>
  );
}

function Control(props: { name: string; label: string; isOn?: boolean; disabled?: boolean; onClick: () => void }) {
  const { name, label, isOn, disabled, onClick } = props;
  return (
    <button
      type="button"
      data-button={name}
      data-on={isOn ? '' : undefined}
      aria-disabled={disabled ? true : undefined}
      onClick={onClick}
    >
      {label}
    </button>
  );
}
