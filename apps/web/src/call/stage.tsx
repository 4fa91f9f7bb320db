import type { Call } from '@waterbus/client';
import { Link, MonitorUp, VideoOff } from 'lucide-react';
import { useRef } from 'react';
import type { LocalDevices } from '../devices/local-devices.js';
import { useDevices } from '../devices/use-devices.js';
import { TileGrid } from '../layout/tile-grid.js';
import { copyMeetingLink } from '../meeting/copy-link.js';
import { meetingLink } from '../meeting/meeting-link.js';
import { Video } from '../parts/video.js';
import { pausedText } from './connection-text.js';
import { placesFor, type Screen, screensOf, tilesOf } from './people.js';
import { Tile } from './tile.js';
import { useObserved } from './use-observed.js';

/** Everybody in the call; beside a shared screen if there is one. */
export function Stage({ call, devices }: { call: Call; devices: LocalDevices }) {
  const tiles = tilesOf(call, useDevices(devices));
  const screens = screensOf(call);
  const { shown, rest } = placesFor(tiles, MOST_TILES);
  const people = [
    ...shown.map((tile) => <Tile key={tile.participantId} {...tile} />),
    ...(rest > 0 ? [<Rest key="rest" count={rest} />] : []),
  ];
  return (
    <main className="stage" data-screen={screens.length > 0 ? '' : undefined}>
      {screens.length > 0 && (
        <div className="screens">
          {screens.map((screen) => (
            <SharedScreen key={screen.participantId} {...screen} />
          ))}
        </div>
      )}
      <TileGrid label="People" beside={screens.length > 0}>
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

/** More faces at a time are too small to read, and too much to decode. */
const MOST_TILES = 16;
