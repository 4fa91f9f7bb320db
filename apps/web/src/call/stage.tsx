import type { Call } from '@waterbus/client';
import { Link, MonitorUp, VideoOff } from 'lucide-react';
import { useRef, useState } from 'react';
import type { LocalDevices } from '../devices/local-devices.js';
import { useDevices } from '../devices/use-devices.js';
import { TileGrid } from '../layout/tile-grid.js';
import { copyMeetingLink } from '../meeting/copy-link.js';
import { meetingLink } from '../meeting/meeting-link.js';
import { Video } from '../parts/video.js';
import { pausedText } from './people/connection-text.js';
import { Tile, type TileProps } from './tile.js';
import { placesFor, type Screen, screensOf, takePinned, tilesOf } from './tiles.js';
import { useObserved } from './use-observed.js';

/**
 * All participants in the call; beside shared screens and the pinned participant, if there are any.
 */
export function Stage({ call, devices }: { call: Call; devices: LocalDevices }) {
  const [pinned, setPinned] = useState<string>();
  const tiles = tilesOf(call, useDevices(devices));
  const screens = screensOf(call);
  const { large, others } = takePinned(tiles, pinned);
  const { shown, rest } = placesFor(others, MOST_TILES);
  const tileFor = (tile: TileProps) => {
    const isPinned = tile === large;
    const onPin = () => setPinned(isPinned ? undefined : tile.participantId);
    return <Tile key={tile.participantId} {...tile} pinned={isPinned} onPin={tile.self ? undefined : onPin} />;
  };
  const people = [...shown.map(tileFor), ...(rest > 0 ? [<Rest key="rest" count={rest} />] : [])];
  const hasLarge = screens.length > 0 || large !== undefined;
  return (
    <main className="stage" data-large={hasLarge ? '' : undefined}>
      {hasLarge && (
        <div className="large">
          {screens.map((screen) => (
            <SharedScreen key={screen.participantId} {...screen} />
          ))}
          {large && tileFor(large)}
        </div>
      )}
      <TileGrid label="People" beside={hasLarge}>
        {people}
      </TileGrid>
      {call.participants.length === 0 && <Alone code={call.code} />}
    </main>
  );
}

function SharedScreen({ name, publication }: Screen) {
  const screen = useRef<HTMLElement>(null);
  useObserved(screen, publication, 'medium');
  const paused = pausedText(publication.pausedBy);
  return (
    <figure ref={screen} className="screen">
      <Video track={publication.track} />
      {paused && (
        <p className="tile-state tile-paused">
          <VideoOff size={18} />
          {paused}
        </p>
      )}
      <figcaption>
        <MonitorUp size={16} />
        {name} is sharing
      </figcaption>
    </figure>
  );
}

function Rest({ count }: { count: number }) {
  return (
    <div className="tile rest">
      <span aria-hidden="true">+{count}</span>
      <span className="visually-hidden">and {count} more</span>
    </div>
  );
}

function Alone({ code }: { code: string }) {
  return (
    <div className="alone">
      <div>
        <p>
          <strong>Nobody else is here yet.</strong> Share the link to invite people.
        </p>
        <p className="alone-link">{meetingLink(window.location.host, code)}</p>
      </div>
      <button type="button" className="button primary" onClick={() => void copyMeetingLink(code)}>
        <Link size={18} />
        Copy link
      </button>
    </div>
  );
}

/** More faces at a time are too small to recognize, and too many to decode. */
const MOST_TILES = 16;
