import { t } from '@lingui/core/macro';
import type { Call } from '@waterbus/client';
import { useObserved, Video } from '@waterbus/react';
import { Maximize, Minimize, MonitorUp, VideoOff, ZoomIn, ZoomOut } from 'lucide-react';
import { type ReactNode, useRef, useState } from 'react';
import { formats } from '../../language/language.js';
import { DrawingButtons } from '../drawing/drawing-buttons.js';
import { DrawingView } from '../drawing/drawing-view.js';
import { useDrawing } from '../drawing/use-drawing.js';
import { canShowPictureAlone, togglePicture, useIsFullScreen } from '../full-screen.js';
import { pausedText } from '../people/connection-text.js';
import type { Screen } from '../tiles.js';
import { useZoom } from './use-zoom.js';

/** The shared screen of another participant, with its own zoom. */
export function SharedScreen({ call, participantId, name, publication }: Screen & { call: Call }) {
  const screen = useRef<HTMLElement>(null);
  const picture = useRef<HTMLDivElement>(null);
  // The enlarged picture is observed: it needs more of the screen's pixels.
  useObserved(picture, publication, 'medium');
  const { zoom, zoomIn, zoomOut, whole } = useZoom(screen);
  const tools = useDrawing(call, participantId);
  const [wantsToDraw, setWantsToDraw] = useState(false);
  const active = wantsToDraw && tools.mayDraw;
  const paused = pausedText(publication.pausedBy);
  const isFull = useIsFullScreen(() => screen.current);
  const button = isFull ? t`Leave full screen` : t`Full screen`;
  const isZoomed = zoom.scale > 1;
  return (
    <figure ref={screen} className="screen" data-zoomed={isZoomed ? '' : undefined}>
      <div
        ref={picture}
        className="screen-picture"
        style={{
          left: `${zoom.x * 100}%`,
          top: `${zoom.y * 100}%`,
          width: `${zoom.scale * 100}%`,
          height: `${zoom.scale * 100}%`,
        }}
      >
        <Video track={publication.track} />
        <DrawingView tools={tools} active={active} />
      </div>
      {paused && (
        <p className="tile-state tile-paused">
          <VideoOff size={18} />
          {paused}
        </p>
      )}
      <div className="screen-buttons">
        {isZoomed && (
          <button type="button" className="screen-zoom" title={t`Show the whole screen`} onClick={whole}>
            <span className="visually-hidden">{t`Show the whole screen, zoomed to`} </span>
            {new Intl.NumberFormat(formats(), { style: 'percent' }).format(zoom.scale)}
          </button>
        )}
        <DrawingButtons tools={tools} of={t`screen of ${name}`} active={active} onActive={setWantsToDraw} />
        <ScreenButton
          name={t`Zoom out`}
          of={name}
          icon={<ZoomOut size={18} />}
          disabled={!isZoomed}
          onClick={zoomOut}
        />
        <ScreenButton name={t`Zoom in`} of={name} icon={<ZoomIn size={18} />} onClick={zoomIn} />
        {canShowPictureAlone() && (
          <ScreenButton
            name={button}
            of={name}
            icon={isFull ? <Minimize size={18} /> : <Maximize size={18} />}
            onClick={() => screen.current && togglePicture(screen.current)}
          />
        )}
      </div>
      <figcaption>
        <MonitorUp size={16} />
        {t`${name} is sharing`}
      </figcaption>
    </figure>
  );
}

function ScreenButton(props: { name: string; of: string; icon: ReactNode; disabled?: boolean; onClick: () => void }) {
  const { name, of, icon, disabled = false, onClick } = props;
  return (
    <button
      type="button"
      className="screen-button"
      aria-label={t`${name}: screen of ${of}`}
      aria-disabled={disabled}
      title={name}
      onClick={onClick}
    >
      {icon}
    </button>
  );
}
