import { t } from '@lingui/core/macro';
import { DeviceControls, deviceTroubles, type OpenedDevices, Preview, useMediaDevices } from '@waterbus/react';
import { Sparkles } from 'lucide-react';
import { Suspense, useState } from 'react';
import { controlLabels, drawControl } from '../devices/draw-control.js';
import { LevelMeter } from '../devices/level-meter.js';
import { LazyDeviceSettingsDialog } from '../devices/load-device-settings.js';
import { questionOf, troubleText } from '../devices/trouble.js';
import { Avatar } from '../parts/avatar.js';
import { RoundButton } from '../parts/round-button.js';

/** The user's own picture and sound as others will receive them. */
export function OwnPreview(props: { devices: OpenedDevices; name: string; avatarUrl: string | null }) {
  const { devices, name, avatarUrl } = props;
  const state = useMediaDevices(devices);
  const { microphone, camera } = state;
  const [setting, setSetting] = useState(false);
  const troubles = deviceTroubles(state).map(({ trouble, devices: kinds }) => troubleText(trouble, kinds));
  const question = questionOf(state);
  return (
    <section className="preview" aria-label={t`Preview`}>
      <Preview
        devices={devices}
        className="preview-picture"
        empty={
          <div className="preview-empty">
            {name.trim() && <Avatar name={name} picture={avatarUrl} />}
            <p>{question ?? (camera.starting ? t`Starting the camera…` : t`Your camera is off`)}</p>
          </div>
        }
      >
        <div className="preview-controls">
          <DeviceControls devices={devices} labels={controlLabels()} draw={(control) => drawControl(control)} />
          <RoundButton
            name={t`Background and sound`}
            icon={<Sparkles />}
            aria-haspopup="dialog"
            onClick={() => setSetting(true)}
          />
        </div>
      </Preview>
      {setting && (
        <Suspense fallback={null}>
          <LazyDeviceSettingsDialog devices={devices} onClose={() => setSetting(false)} />
        </Suspense>
      )}
      <LevelMeter track={microphone.on ? microphone.track : undefined} />
      {/* Always present: a live region must exist before its content changes. */}
      <div className="preview-troubles" role="status">
        {question && !state.camera.asking && <p>{question}</p>}
        {troubles.map((text) => (
          <p key={text}>{text}</p>
        ))}
        {(troubles.length > 0 || question) && <p>{t`You can still join.`}</p>}
      </div>
    </section>
  );
}
