import { useId } from 'react';
import type { DeviceKind, MediaDeviceState, MediaDevicesStore } from '../devices/media-devices.js';
import { useMediaDevices } from '../devices/use-media-devices.js';

/** The English texts of `DeviceSelects`. */
export const DEVICE_LABELS = {
  camera: 'Camera',
  microphone: 'Microphone',
  speaker: 'Speaker',
  none: 'None available',
  asking: 'Waiting for your permission',
};

/**
 * Lists of the cameras, the microphones and, where browsers let pages choose, the speakers.
 *
 * @param props.className Of each list with its label.
 */
export function DeviceSelects(props: {
  devices: MediaDevicesStore;
  labels?: Partial<typeof DEVICE_LABELS>;
  className?: string;
}) {
  const { devices, className } = props;
  const { available, speakerId, ...state } = useMediaDevices(devices);
  const labels = { ...DEVICE_LABELS, ...props.labels };
  const select = (kind: DeviceKind) => (
    <DeviceSelect
      label={labels[kind]}
      empty={state[kind].asking ? labels.asking : labels.none}
      className={className}
      choices={available[kind]}
      chosen={chosenOf(state[kind], available[kind])}
      onChoose={(id) => devices.choose(kind, id)}
    />
  );
  return (
    <>
      {select('camera')}
      {select('microphone')}
      {available.speaker.length > 0 && 'setSinkId' in HTMLMediaElement.prototype && (
        <DeviceSelect
          label={labels.speaker}
          className={className}
          choices={available.speaker}
          chosen={speakerId}
          onChoose={(id) => devices.chooseSpeaker(id)}
        />
      )}
    </>
  );
}

/** The chosen device if it is present, else the browser's choice. */
function chosenOf({ deviceId, track }: MediaDeviceState, available: readonly MediaDeviceInfo[]): string | undefined {
  return available.some((device) => device.deviceId === deviceId) ? deviceId : track?.getSettings().deviceId;
}

function DeviceSelect(props: {
  label: string;
  empty?: string;
  className?: string | undefined;
  choices: readonly MediaDeviceInfo[];
  chosen: string | undefined;
  onChoose: (deviceId: string) => void;
}) {
  const { label, empty, className, choices, chosen, onChoose } = props;
  const id = useId();
  const known = choices.some(({ deviceId }) => deviceId === chosen);
  return (
    <div className={className} data-waterbus="device-select">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={known ? chosen : (choices[0]?.deviceId ?? '')}
        disabled={choices.length === 0}
        onChange={(event) => onChoose(event.target.value)}
      >
        {choices.length === 0 && <option value="">{empty}</option>}
        {choices.map(({ deviceId, label: name }, index) => (
          <option key={deviceId} value={deviceId}>
            {name || `${label} ${index + 1}`}
          </option>
        ))}
      </select>
    </div>
  );
}
