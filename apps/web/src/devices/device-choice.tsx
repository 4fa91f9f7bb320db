import { t } from '@lingui/core/macro';
import { type MediaDeviceState, type OpenedDevices, useMediaDevices } from '@waterbus/react';
import { useId } from 'react';

/** Selects the microphone, camera and, where browsers let pages choose, the speaker. */
export function DeviceChoice({ devices }: { devices: OpenedDevices }) {
  const { available, microphone, camera, speakerId } = useMediaDevices(devices);
  return (
    <div className="device-choice">
      <Choice
        label={t`Camera`}
        choices={available.camera}
        asking={camera.asking}
        chosen={chosenOf(camera, available.camera)}
        onChoose={(id) => devices.choose('camera', id)}
      />
      <Choice
        label={t`Microphone`}
        choices={available.microphone}
        asking={microphone.asking}
        chosen={chosenOf(microphone, available.microphone)}
        onChoose={(id) => devices.choose('microphone', id)}
      />
      {'setSinkId' in HTMLMediaElement.prototype && available.speaker.length > 0 && (
        <Choice
          label={t`Speaker`}
          choices={available.speaker}
          chosen={speakerId}
          onChoose={(id) => devices.chooseSpeaker(id)}
        />
      )}
    </div>
  );
}

/** The chosen device if it is present, else the browser's choice. */
function chosenOf({ deviceId, track }: MediaDeviceState, available: readonly MediaDeviceInfo[]): string | undefined {
  return available.some((device) => device.deviceId === deviceId) ? deviceId : track?.getSettings().deviceId;
}

function Choice(props: {
  label: string;
  choices: readonly MediaDeviceInfo[];
  asking?: boolean;
  chosen: string | undefined;
  onChoose: (deviceId: string) => void;
}) {
  const { label, choices, asking = false, chosen, onChoose } = props;
  const id = useId();
  const known = choices.some(({ deviceId }) => deviceId === chosen);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={known ? chosen : (choices[0]?.deviceId ?? '')}
        disabled={choices.length === 0}
        onChange={(event) => onChoose(event.target.value)}
      >
        {choices.length === 0 && (
          <option value="">{asking ? t`Waiting for your permission` : t`None available`}</option>
        )}
        {choices.map(({ deviceId, label: name }, index) => (
          <option key={deviceId} value={deviceId}>
            {name || `${label} ${index + 1}`}
          </option>
        ))}
      </select>
    </div>
  );
}
