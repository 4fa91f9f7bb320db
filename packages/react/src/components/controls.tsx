import type { Call } from '@waterbus/client';
import type { ReactNode } from 'react';
import { useScreenShare } from '../call/use-screen-share.js';
import type { MediaDevicesStore } from '../devices/media-devices.js';
import { CONTROL_LABELS, DeviceControls, type DrawControl, plainControl } from './control.js';

/**
 * The buttons of a call: microphone, camera, screen, leaving.
 *
 * @param props.draw Draws each of them; omitted: plain buttons.
 * @param props.screen False: no button to share a screen. Where browsers cannot share there is none.
 * @param props.children Further buttons, before the one that leaves.
 * @param props.onFailure Called with what prevented sharing a screen.
 * @param props.onLeave In place of leaving at once.
 */
export function Controls(props: {
  call: Call;
  devices: Pick<MediaDevicesStore, 'state' | 'subscribe' | 'toggle'>;
  labels?: Partial<typeof CONTROL_LABELS>;
  draw?: DrawControl;
  screen?: boolean;
  className?: string;
  onFailure?: (error: unknown) => void;
  onLeave?: () => void;
  children?: ReactNode;
}) {
  const { call, devices, draw = plainControl, screen = true, onLeave = () => void call.leave() } = props;
  const { isOffered, isSharing, isPending, toggle } = useScreenShare(call, props.onFailure);
  const labels = { ...CONTROL_LABELS, ...props.labels };
  const plain = { isOn: false, isPending: false, trouble: undefined };
  return (
    <section aria-label={labels.controls} className={props.className} data-waterbus="controls">
      <DeviceControls devices={devices} labels={labels} draw={draw} />
      {screen &&
        isOffered &&
        draw({
          ...plain,
          name: 'screen',
          label: isSharing ? labels.stopSharing : labels.share,
          isOn: isSharing,
          isPending,
          onClick: toggle,
        })}
      {props.children}
      {draw({ ...plain, name: 'leave', label: labels.leave, onClick: onLeave })}
    </section>
  );
}
