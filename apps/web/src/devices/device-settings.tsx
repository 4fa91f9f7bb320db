import { t } from '@lingui/core/macro';
import { type OpenedDevices, useMediaDevices, Video } from '@waterbus/react';
import { useId, useSyncExternalStore } from 'react';
import { Switch } from '../parts/switch.js';
import { preferences } from '../storage/preferences.js';
import { BackgroundChoice } from './background-choice.js';
import { LevelMeter } from './level-meter.js';
import { SoundCheck } from './sound-check-view.js';
import '../styles/device-settings.css';

/** Background, noise and sound check: loaded with the dialogs that show them. */
export function DeviceSettings({ devices }: { devices: OpenedDevices }) {
  const { camera, microphone } = useMediaDevices(devices);
  const { background, reducesNoise } = useSyncExternalStore(preferences.subscribe, () => preferences.state);
  const [backgroundId, soundId] = [useId(), useId()];
  return (
    <>
      <section className="settings-section" aria-labelledby={backgroundId}>
        <h3 id={backgroundId}>{t`Background`}</h3>
        <div className="device-preview">
          <Video track={camera.track} mirrored />
          {(camera.starting || !camera.track) && (
            <p>{camera.starting ? startingText(background) : t`Start your camera to see your background.`}</p>
          )}
        </div>
        <BackgroundChoice />
      </section>
      <section className="settings-section" aria-labelledby={soundId}>
        <h3 id={soundId}>{t`Sound`}</h3>
        <Switch
          label={t`Strong noise reduction`}
          hint={t`Removes keyboards, fans and traffic. Turn it off for music.`}
          on={reducesNoise}
          onChange={(on) => preferences.set({ reducesNoise: on })}
        />
        <LevelMeter track={microphone.on ? microphone.track : undefined} />
        <SoundCheck devices={devices} />
      </section>
    </>
  );
}

function startingText(background: string): string {
  return background === 'none' ? t`Starting the camera…` : t`Preparing your background…`;
}
