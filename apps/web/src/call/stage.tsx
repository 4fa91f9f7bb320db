import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import type { Call } from '@waterbus/client';
import { type OpenedDevices, useMediaDevices, useSize } from '@waterbus/react';
import { ChevronLeft, ChevronRight, Link, Share2 } from 'lucide-react';
import { type ReactNode, useMemo, useRef, useState } from 'react';
import { nextCameraOf } from '../devices/next-camera.js';
import { TileGrid } from '../layout/tile-grid.js';
import { canShareLink, shareMeetingLink } from '../meeting/copy-link.js';
import { meetingLink } from '../meeting/meeting-link.js';
import { latePart } from '../parts/late-part.js';
import { RoundButton } from '../parts/round-button.js';
import type { Preferences } from '../storage/preferences.js';
import { type Arrangement, arrange, NO_ARRANGEMENT, pagesOf } from './arrangement.js';
import { PLACES_BESIDE, placesIn, SPEAKER_FROM } from './places.js';
import { Still } from './still.js';
import { Tile, type TileProps } from './tile.js';
import { screensOf, takeLarge, tilesOf } from './tiles.js';
import { useGradually } from './use-gradually.js';
import { usePin } from './use-pin.js';
import { usePreferences } from './use-preferences.js';

/**
 * The participants in the call; beside shared screens and the large tile, if there are any. Of two
 * people the other fills the stage, and the user's own tile is small.
 */
export function Stage({ call, devices }: { call: Call; devices: OpenedDevices }) {
  const { view, hideSelf } = usePreferences();
  const [pinned, onPin] = usePin(call);
  const stage = useRef<HTMLElement>(null);
  const { width, height } = useSize(stage);
  const state = useMediaDevices(devices);
  const tiles = tilesOf(call, state);
  const nextCamera = nextCameraOf(state);
  const onNextCamera = useMemo(
    () => (nextCamera === undefined ? undefined : () => devices.choose('camera', nextCamera)),
    [devices, nextCamera],
  );
  const screens = screensOf(call);
  const ownScreen = call.local.publication('screen');
  const isAlone = tiles.others.length === 0;
  const isSharing = screens.length > 0 || ownScreen !== undefined;
  const isSpeakerLarge = !isSharing && showsSpeaker(view, tiles.others.length);
  const { spotlight } = call;
  const isChosen = tiles.others.some(({ participantId: id }) => id === pinned || id === spotlight);
  const hasLarge = isSharing || isSpeakerLarge || isChosen;
  const places = hasLarge ? PLACES_BESIDE : placesIn(width, height);
  const arrangement = useArrangement(call, places - 1);
  const arranged = inOrder(tiles.others, arrangement.order);
  const speaker = isSpeakerLarge ? (arrangement.main ?? arranged[0]?.participantId) : undefined;
  const { large, others } = takeLarge(arranged, { pinned, spotlight, speaker });
  const showsSelf = isAlone || !hideSelf;
  const isDuo = others.length === 1 && !hasLarge && view !== 'grid';
  const ownTile = showsSelf && !isDuo ? tiles.self : undefined;
  const tileFor = (tile: TileProps) => {
    const isPinned = tile.participantId === pinned;
    const key = tile.participantId;
    if (!tile.self) return <Tile key={key} {...tile} pinned={isPinned} onPin={onPin} />;
    return <Tile key={key} {...tile} onNextCamera={onNextCamera} />;
  };
  return (
    <main ref={stage} className="stage" data-large={hasLarge ? '' : undefined}>
      {hasLarge && (
        <div className="large">
          {screens.map((screen) => (
            <SharedScreen key={screen.participantId} call={call} {...screen} />
          ))}
          {ownScreen && <OwnScreen call={call} publication={ownScreen} />}
          {large && tileFor(large)}
        </div>
      )}
      <TilePages
        pages={pagesOf(others, ownTile, places)}
        beside={hasLarge}
        corner={isDuo && showsSelf && <div className="self-view">{tileFor(tiles.self)}</div>}
      >
        {tileFor}
      </TilePages>
      {isAlone && !call.breakouts && <Alone code={call.code} title={call.title} />}
    </main>
  );
}

/** Of two people the other one is large anyway. */
function showsSpeaker(view: Preferences['view'], others: number): boolean {
  return (view === 'speaker' && others > 1) || (view === 'automatic' && others >= SPEAKER_FROM);
}

/** One page of tiles, with buttons to the others. */
function TilePages(props: {
  pages: TileProps[][];
  beside: boolean;
  corner: ReactNode;
  children: (tile: TileProps) => ReactNode;
}) {
  const { pages, beside, corner, children } = props;
  const [wanted, setWanted] = useState(0);
  // People leave, and pages with them.
  const page = Math.min(wanted, pages.length - 1);
  const turn = (by: number) => setWanted(Math.min(Math.max(page + by, 0), pages.length - 1));
  const shown = pages[page]!;
  const { here, leaving } = useGradually(shown.map(({ participantId }) => participantId));
  if (shown.length === 0) return null;
  const [number, count] = [page + 1, pages.length];
  return (
    <div className="tile-pages">
      <TileGrid label={t`People`} count={shown.length} beside={beside} corner={corner}>
        {[
          ...shown.map((tile) => (
            <Still key={tile.participantId} still={false}>
              {here.has(tile.participantId) ? children(tile) : <div className="tile" />}
            </Still>
          )),
          // Another one for others: it comes before them, and they are not moved on the page.
          ...leaving.slice(0, 1).map((id) => <div key={`before ${id}`} className="tiles-leaving" />),
          ...leaving.map((id) => <Still key={id} still />),
        ]}
      </TileGrid>
      {pages.length > 1 && (
        <div className="tile-turning">
          <RoundButton
            name={t`Previous people`}
            icon={<ChevronLeft />}
            aria-disabled={page === 0}
            onClick={() => turn(-1)}
          />
          <p role="status">
            <Trans>
              <span className="visually-hidden">Page </span>
              {number} of {count}
            </Trans>
          </p>
          <RoundButton
            name={t`More people`}
            icon={<ChevronRight />}
            aria-disabled={page === pages.length - 1}
            onClick={() => turn(1)}
          />
        </div>
      )}
    </div>
  );
}

/** Who speaks comes to the first page. */
function useArrangement(call: Call, places: number): Arrangement {
  const [now, setNow] = useState(NO_ARRANGEMENT);
  const others = call.participants.map(({ id }) => id);
  const next = arrange(
    now,
    others,
    call.activeSpeakers.map(({ participantId }) => participantId),
    places,
  );
  // Settles at once: the arrangement of an arrangement is the same object.
  if (next !== now) setNow(next);
  return next;
}

function inOrder(tiles: readonly TileProps[], order: readonly string[]): TileProps[] {
  const byId = new Map(tiles.map((tile) => [tile.participantId, tile]));
  return order.flatMap((id) => byId.get(id) ?? []);
}

function Alone({ code, title }: { code: string; title: string }) {
  const shares = canShareLink();
  return (
    <div className="alone">
      <div>
        <p>
          <strong>{t`Nobody else is here yet.`}</strong> {t`Share the link to invite people.`}
        </p>
        <p className="alone-link">{meetingLink(window.location.host, code)}</p>
      </div>
      <button type="button" className="button primary" onClick={() => void shareMeetingLink(code, title)}>
        {shares ? <Share2 size={18} /> : <Link size={18} />}
        {shares ? t`Share link` : t`Copy link`}
      </button>
    </div>
  );
}

const loadScreens = () => import('./screens/screens.js');
const SharedScreen = latePart(async () => ({ default: (await loadScreens()).SharedScreen }));
const OwnScreen = latePart(async () => ({ default: (await loadScreens()).OwnScreen }));
