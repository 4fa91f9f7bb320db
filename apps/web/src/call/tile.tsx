import { LoaderCircle, MicOff } from 'lucide-react';
import { useTalking } from '../devices/use-talking.js';
import { Avatar } from '../parts/avatar.js';
import { Video } from '../parts/video.js';

export interface TileProps {
  participantId: string;
  name: string;
  self?: boolean;
  /** What the camera shows; undefined while it is off or not there yet. */
  picture: MediaStreamTrack | undefined;
  /** Undefined while the microphone is muted. */
  sound: MediaStreamTrack | undefined;
  muted: boolean;
  reconnecting: boolean;
}

/** Somebody in the call. The picture covers the initials as soon as there is one. */
export function Tile({ participantId, name, self = false, picture, sound, muted, reconnecting }: TileProps) {
  const talking = useTalking(sound);
  return (
    <article
      className="tile"
      data-participant-id={participantId}
      data-self={self ? '' : undefined}
      data-talking={talking ? '' : undefined}
      aria-label={name}
    >
      <Avatar name={name} />
      <Video className="tile-picture" track={picture} mirrored={self} />
      {reconnecting && (
        <p className="tile-state">
          <LoaderCircle size={18} className="turning" />
          Reconnecting…
        </p>
      )}
      <p className="tile-name">
        {muted && (
          <span role="img" aria-label={`${name} is muted`} className="tile-muted">
            <MicOff size={16} />
          </span>
        )}
        <span className="tile-name-text">{name}</span>
        {self && <span className="tile-you">(you)</span>}
      </p>
    </article>
  );
}
