import { t } from '@lingui/core/macro';
import type { Control } from '@waterbus/react';
import { Video as Camera, VideoOff as CameraOff, Mic, MicOff, MonitorUp, MonitorX, Phone } from 'lucide-react';
import type { ComponentProps } from 'react';
import { RoundButton } from '../parts/round-button.js';

/** The names of the call's buttons, in the user's language. */
export const controlLabels = () => ({
  controls: t`Call controls`,
  mute: t`Mute microphone`,
  unmute: t`Unmute microphone`,
  askingMicrophone: t`Microphone: press Allow in your browser`,
  stopCamera: t`Stop camera`,
  startCamera: t`Start camera`,
  askingCamera: t`Camera: press Allow in your browser`,
  share: t`Share screen`,
  stopSharing: t`Stop sharing`,
  leave: t`Leave`,
});

/** A control of the call as a round button. */
export function drawControl(
  { name, label, isOn, isPending, onClick }: Control,
  more: Pick<ComponentProps<typeof RoundButton>, 'label' | 'shortcut'> = {},
) {
  return (
    <RoundButton
      key={name}
      {...more}
      name={label}
      icon={ICONS[name](isOn)}
      tone={name === 'leave' ? 'danger' : name === 'screen' ? (isOn ? 'active' : 'plain') : isOn ? 'plain' : 'off'}
      aria-disabled={isPending || undefined}
      onClick={onClick}
    />
  );
}

const ICONS = {
  microphone: (isOn: boolean) => (isOn ? <Mic /> : <MicOff />),
  camera: (isOn: boolean) => (isOn ? <Camera /> : <CameraOff />),
  screen: (isOn: boolean) => (isOn ? <MonitorX /> : <MonitorUp />),
  leave: () => <Phone className="hang-up" />,
};
