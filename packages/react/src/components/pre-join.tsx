import { type SubmitEvent, useState } from 'react';
import type { MediaDevicesStore } from '../devices/media-devices.js';
import { useMediaDevices } from '../devices/use-media-devices.js';
import { Video } from '../tracks/video.js';
import { type CONTROL_LABELS, DeviceControls } from './control.js';

/** The English texts of `PreJoin`. */
export const PRE_JOIN_LABELS = { preview: 'Preview', name: 'Your name', join: 'Join', joining: 'Joining…' };

/**
 * The user's own picture, the buttons of the devices, and the name to join with.
 *
 * @param props.onJoin Called with the name, without spaces around it.
 */
export function PreJoin(props: {
  devices: MediaDevicesStore;
  defaultName?: string;
  joining?: boolean;
  onJoin: (name: string) => void;
  labels?: Partial<typeof PRE_JOIN_LABELS & typeof CONTROL_LABELS>;
}) {
  const { devices, joining = false, onJoin } = props;
  const [name, setName] = useState(props.defaultName ?? '');
  const { camera } = useMediaDevices(devices);
  const labels = { ...PRE_JOIN_LABELS, ...props.labels };
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (name.trim() && !joining) onJoin(name.trim());
  };
  return (
    <form data-waterbus="pre-join" onSubmit={submit}>
      <section aria-label={labels.preview} data-waterbus="preview">
        <Video track={camera.track} mirrored />
      </section>
      <DeviceControls devices={devices} labels={labels} />
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
      <button type="submit" aria-disabled={joining ? true : undefined}>
        {joining ? labels.joining : labels.join}
      </button>
    </form>
  );
}
