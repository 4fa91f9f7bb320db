import { useId, useSyncExternalStore } from 'react';
import { Switch } from '../parts/switch.js';
import { preferences } from '../storage/preferences.js';
import { LevelMeter } from './level-meter.js';
import type { LocalDevices } from './local-devices.js';
import { SoundCheck } from './sound-check-view.js';
import { useDevices } from './use-devices.js';
import '../styles/device-settings.css';

/** Noise and sound check: loaded with the dialogs that show them. */
export function DeviceSettings({ devices }: { devices: LocalDevices }) {
  const { microphone } = useDevices(devices);
  const { reducesNoise } = useSyncExternalStore(preferences.subscribe, () => preferences.state);
  const soundId = useId();
  return (
    <section className="settings-section" aria-labelledby={soundId}>
      <h3 id={soundId}>Sound</h3>
      <Switch
        label="Strong noise reduction"
        hint="Removes keyboards, fans and traffic. Turn it off for music."
        on={reducesNoise}
        onChange={(on) => preferences.set({ reducesNoise: on })}
      />
      <LevelMeter track={microphone.on ? microphone.track : undefined} />
      <SoundCheck devices={devices} />
    </section>
  );
}
