import type { ReactNode } from 'react';
import type { MediaDevicesStore } from '../devices/media-devices.js';
import { useMediaDevices } from '../devices/use-media-devices.js';
import { Video } from '../tracks/video.js';

/**
 * This user's own picture, as in a mirror.
 *
 * @param props.empty In place of the picture while there is none.
 * @param props.children Over the picture.
 */
export function Preview(props: {
  devices: Pick<MediaDevicesStore, 'state' | 'subscribe'>;
  empty?: ReactNode;
  className?: string;
  children?: ReactNode;
}) {
  const { track } = useMediaDevices(props.devices).camera;
  return (
    <div className={props.className} data-waterbus="preview">
      <Video track={track} mirrored />
      {!track && props.empty}
      {props.children}
    </div>
  );
}
