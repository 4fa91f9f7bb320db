import { t } from '@lingui/core/macro';
import type { MediaDeviceState } from '@waterbus/react';
import { Video as Camera, VideoOff as CameraOff, Mic, MicOff } from 'lucide-react';
import type { ComponentProps } from 'react';
import type { RoundButton } from '../parts/round-button.js';

type Look = Pick<ComponentProps<typeof RoundButton>, 'name' | 'icon' | 'tone' | 'aria-disabled'>;

/**
 * The look of the microphone's button: while the browser asks the user, the microphone sends
 * nothing.
 */
export function microphoneButton({ on, asking }: MediaDeviceState): Look {
  if (asking)
    return { name: t`Microphone: press Allow in your browser`, icon: <MicOff />, tone: 'off', 'aria-disabled': true };
  return on
    ? { name: t`Mute microphone`, icon: <Mic />, tone: 'plain' }
    : { name: t`Unmute microphone`, icon: <MicOff />, tone: 'off' };
}

export function cameraButton({ on, asking }: MediaDeviceState): Look {
  if (asking)
    return { name: t`Camera: press Allow in your browser`, icon: <CameraOff />, tone: 'off', 'aria-disabled': true };
  return on
    ? { name: t`Stop camera`, icon: <Camera />, tone: 'plain' }
    : { name: t`Start camera`, icon: <CameraOff />, tone: 'off' };
}
