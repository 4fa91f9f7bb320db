import { Video as Camera, VideoOff as CameraOff, Mic, MicOff } from 'lucide-react';
import { LevelMeter } from '../devices/level-meter.js';
import type { DevicesState, LocalDevices } from '../devices/local-devices.js';
import { type DeviceKind, troubleText } from '../devices/trouble.js';
import { useDevices } from '../devices/use-devices.js';
import { Avatar } from '../parts/avatar.js';
import { RoundButton } from '../parts/round-button.js';
import { Video } from '../parts/video.js';

/** What the others will see and hear. */
export function Preview({ devices, name }: { devices: LocalDevices; name: string }) {
  const state = useDevices(devices);
  const { microphone, camera } = state;
  const troubles = troublesOf(state);
  return (
    <section className="preview" aria-label="Preview">
      <div className="preview-picture">
        <Video track={camera.track} mirrored />
        {!camera.track && (
          <div className="preview-empty">
            {name.trim() && <Avatar name={name} />}
            <p>{camera.starting ? 'Starting the camera…' : 'Your camera is off'}</p>
          </div>
        )}
        <div className="preview-controls">
          <RoundButton
            name={microphone.on ? 'Mute microphone' : 'Unmute microphone'}
            icon={microphone.on ? <Mic /> : <MicOff />}
            tone={microphone.on ? 'plain' : 'off'}
            onClick={() => devices.toggle('microphone')}
          />
          <RoundButton
            name={camera.on ? 'Stop camera' : 'Start camera'}
            icon={camera.on ? <Camera /> : <CameraOff />}
            tone={camera.on ? 'plain' : 'off'}
            onClick={() => devices.toggle('camera')}
          />
        </div>
      </div>
      <LevelMeter track={microphone.on ? microphone.track : undefined} />
      {/* Always there: a live region must exist before its content changes. */}
      <div className="preview-troubles" role="status">
        {troubles.map((text) => (
          <p key={text}>{text}</p>
        ))}
        {troubles.length > 0 && <p>You can join all the same.</p>}
      </div>
    </section>
  );
}

/** One sentence for both devices if they share a trouble. */
function troublesOf({ camera, microphone }: DevicesState): string[] {
  if (camera.trouble && camera.trouble === microphone.trouble)
    return [troubleText(camera.trouble, ['camera', 'microphone'])];
  const devices = { camera, microphone };
  return (Object.keys(devices) as DeviceKind[]).flatMap((kind) => {
    const { trouble } = devices[kind];
    return trouble ? [troubleText(trouble, [kind])] : [];
  });
}
