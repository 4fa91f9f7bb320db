import type { RemotePublication } from '@waterbus/client';
import { type CSSProperties, type ReactNode, useRef } from 'react';
import { useLately, useObserved } from '../call/use-observed.js';
import { Video } from '../tracks/video.js';

/** What a tile shows, apart from its look. */
export interface TileFrameProps {
  participantId?: string | undefined;
  /** Of the participant: the accessible name. */
  name: string;
  /** This user: the picture is as in a mirror. */
  self?: boolean;
  /** The camera's track; undefined while it is off or has not arrived yet. */
  picture: MediaStreamTrack | undefined;
  /** The camera of another participant: the servers send as much of it as the tile shows. */
  publication?: RemotePublication | undefined;
  talking?: boolean;
  /** Its picture goes before others on a slow line, as that of a speaker: it is pinned, for example. */
  large?: boolean;
  muted?: boolean;
  reconnecting?: boolean;
  /** Covered by the picture: an avatar. */
  behind?: ReactNode;
  /** Over the picture: the name, marks, buttons. */
  children?: ReactNode;
  /** The page's own style; omitted: the size that `Grid` gives. */
  className?: string;
  pictureClassName?: string;
}

/**
 * The box of one participant: picture, accessible name and state. For styles: `data-self`,
 * `data-talking`, `data-muted` and `data-reconnecting`.
 */
export function TileFrame(props: TileFrameProps) {
  const { self = false, talking = false, large = false, className, pictureClassName } = props;
  const tile = useRef<HTMLElement>(null);
  useObserved(tile, props.publication, useLately(talking) || large ? 'high' : 'low');
  return (
    <article
      ref={tile}
      aria-label={props.name}
      className={className}
      style={className === undefined ? BOX : undefined}
      data-waterbus="tile"
      data-participant-id={props.participantId}
      data-self={self ? '' : undefined}
      data-talking={talking ? '' : undefined}
      data-muted={props.muted ? '' : undefined}
      data-reconnecting={props.reconnecting ? '' : undefined}
    >
      {props.behind}
      <Video track={props.picture} mirrored={self} {...(pictureClassName && { className: pictureClassName })} />
      {props.children}
    </article>
  );
}

const BOX: CSSProperties = {
  position: 'relative',
  width: 'var(--tile-width)',
  height: 'var(--tile-height)',
  overflow: 'hidden',
};
