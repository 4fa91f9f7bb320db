import { t } from '@lingui/core/macro';
import type { ConnectionQuality, MediaPath, PausedBy, RemotePublication } from '@waterbus/client';
import { TileFrame } from '@waterbus/react';
import { Hand, LoaderCircle, MicOff, Pin, PinOff, Spotlight, SwitchCamera, VideoOff } from 'lucide-react';
import { memo } from 'react';
import { useTalking } from '../devices/use-talking.js';
import { useLanguage } from '../language/use-language.js';
import { Avatar } from '../parts/avatar.js';
import { ConnectionMark } from './connection-mark.js';
import { pausedText } from './people/connection-text.js';

export interface TileProps {
  participantId: string;
  name: string;
  avatarUrl: string | null;
  self?: boolean;
  /** The camera's track; undefined while it is off or has not arrived yet. */
  picture: MediaStreamTrack | undefined;
  /** Reported by the server. */
  talking: boolean;
  /**
   * For the user's own tile, unless muted: the level is measured here, because it shows that the
   * microphone works before the server reports it.
   */
  ownSound?: MediaStreamTrack | undefined;
  muted: boolean;
  reconnecting: boolean;
  handRaised: boolean;
  /** Moderators make it large for all. */
  spotlit: boolean;
  /** The camera's, of another participant. */
  publication?: RemotePublication | undefined;
  /** Why it shows no picture. */
  pausedBy?: PausedBy | undefined;
  /** Whether its picture is smaller than the tile, because of the user's own line. */
  isReduced?: boolean;
  connectionQuality?: ConnectionQuality | undefined;
  /** Of this user's media. */
  path?: MediaPath | undefined;
  /** Of another participant: whether this user keeps the picture large. */
  pinned?: boolean | undefined;
  onPin?: ((participantId: string) => void) | undefined;
  /** Of this user's own picture: uses the next camera. */
  onNextCamera?: (() => void) | undefined;
}

/**
 * A participant in the call. The picture covers the initials as soon as there is one. Calls change
 * many times a second: only the tiles whose properties differ render again, so each property must
 * be the same value while nothing changes.
 */
export const Tile = memo(function Tile(props: TileProps) {
  const { participantId, name, self = false, picture, muted, reconnecting, publication, pinned = false } = props;
  useLanguage();
  const talking = useTalking(props.ownSound) || props.talking;
  const paused = reconnecting ? undefined : pausedText(props.pausedBy);
  const { onPin } = props;
  return (
    <TileFrame
      className="tile"
      pictureClassName="tile-picture"
      participantId={participantId}
      name={name}
      self={self}
      talking={talking}
      large={pinned || props.spotlit}
      publication={publication}
      picture={picture}
      behind={<Avatar name={name} picture={props.avatarUrl} />}
    >
      {reconnecting && (
        <p className="tile-state">
          <LoaderCircle size={18} className="turning" />
          {t`Reconnecting…`}
        </p>
      )}
      {paused && (
        <p className="tile-state tile-paused" title={paused}>
          <VideoOff size={18} />
          <span>{paused}</span>
        </p>
      )}
      {onPin && (
        <button
          type="button"
          className="tile-button"
          aria-label={t`Pin ${name}`}
          aria-pressed={pinned}
          title={pinned ? t`Unpin ${name}` : t`Pin ${name}`}
          onClick={() => onPin(participantId)}
        >
          {pinned ? <PinOff size={18} /> : <Pin size={18} />}
        </button>
      )}
      {props.onNextCamera && (
        <button
          type="button"
          className="tile-button"
          aria-label={t`Switch camera`}
          title={t`Switch camera`}
          onClick={props.onNextCamera}
        >
          <SwitchCamera size={18} />
        </button>
      )}
      {props.handRaised && (
        <span role="img" className="tile-hand" aria-label={self ? t`Your hand is raised` : t`${name} raised a hand`}>
          <Hand size={18} />
        </span>
      )}
      <div className="tile-name">
        {muted && (
          <span role="img" aria-label={t`${name} is muted`} className="tile-muted">
            <MicOff size={16} />
          </span>
        )}
        {props.spotlit && (
          <span role="img" aria-label={t`In the spotlight for everyone`} title={t`In the spotlight for everyone`}>
            <Spotlight size={16} />
          </span>
        )}
        <ConnectionMark
          of={props.connectionQuality}
          path={props.path}
          name={name}
          self={self}
          isReduced={props.isReduced ?? false}
        />
        <span className="tile-name-text">{name}</span>
        {self && <span className="tile-you">{t`(you)`}</span>}
      </div>
    </TileFrame>
  );
});
