import type { RemoteParticipant } from '@waterbus/client';
import type { ReactNode } from 'react';
import { TileFrame } from './tile-frame.js';

/**
 * Another participant: the camera's picture and the name, in a box of the size that `Grid` gives.
 * The servers send as much of the picture as the box shows. Another set of marks, a quality or a
 * button to pin, are children; for another source of its state take `TileFrame`.
 *
 * @param props.large Its picture goes before others on a slow line: it is pinned, for example.
 * @param props.behind Shown while there is no picture: an avatar.
 * @param props.children In place of the name.
 */
export function Tile(props: {
  participant: RemoteParticipant;
  talking: boolean;
  large?: boolean;
  behind?: ReactNode;
  children?: ReactNode;
  className?: string;
}) {
  const { participant, children, ...look } = props;
  const { id, name, connection } = participant;
  const camera = participant.publication('camera');
  const microphone = participant.publication('microphone');
  return (
    <TileFrame
      {...look}
      participantId={id}
      name={name}
      publication={camera}
      picture={camera && !camera.muted ? camera.track : undefined}
      muted={!microphone || microphone.muted}
      reconnecting={connection === 'reconnecting'}
    >
      {children ?? <p data-waterbus="tile-name">{name}</p>}
    </TileFrame>
  );
}

/** The picture of this user's own camera, as in a mirror. */
export function OwnTile(props: {
  name: string;
  track: MediaStreamTrack | undefined;
  behind?: ReactNode;
  children?: ReactNode;
  className?: string;
}) {
  const { name, track, children, ...look } = props;
  return (
    <TileFrame {...look} self name={name} picture={track}>
      {children ?? <p data-waterbus="tile-name">{name}</p>}
    </TileFrame>
  );
}
