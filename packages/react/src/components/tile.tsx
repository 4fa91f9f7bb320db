import type { RemoteParticipant } from '@waterbus/client';
import { type CSSProperties, type ReactNode, useRef } from 'react';
import { useLately, useObserved } from '../call/use-observed.js';
import { Video } from '../tracks/video.js';

/**
 * Another participant: the camera's picture and the name, in a box of the size that `Grid` gives.
 * The servers send as much of the picture as the box shows. For styles: `data-talking`, `data-muted`
 * and `data-reconnecting`.
 *
 * @param props.children In place of the name.
 */
export function Tile(props: { participant: RemoteParticipant; talking: boolean; children?: ReactNode }) {
  const { participant, talking, children } = props;
  const tile = useRef<HTMLElement>(null);
  const camera = participant.publication('camera');
  const microphone = participant.publication('microphone');
  useObserved(tile, camera, useLately(talking) ? 'high' : 'low');
  return (
    <article
      ref={tile}
      aria-label={participant.name}
      style={BOX}
      data-waterbus="tile"
      data-participant-id={participant.id}
      data-talking={talking ? '' : undefined}
      data-muted={!microphone || microphone.muted ? '' : undefined}
      data-reconnecting={participant.connection === 'reconnecting' ? '' : undefined}
    >
      <Video track={camera && !camera.muted ? camera.track : undefined} />
      {children ?? <p data-waterbus="tile-name">{participant.name}</p>}
    </article>
  );
}

/** The picture of this user's own camera, as in a mirror. */
export function OwnTile(props: { name: string; track: MediaStreamTrack | undefined; children?: ReactNode }) {
  const { name, track, children } = props;
  return (
    <article aria-label={name} style={BOX} data-waterbus="tile" data-self="">
      <Video track={track} mirrored />
      {children ?? <p data-waterbus="tile-name">{name}</p>}
    </article>
  );
}

const BOX: CSSProperties = {
  position: 'relative',
  width: 'var(--tile-width)',
  height: 'var(--tile-height)',
  overflow: 'hidden',
};
