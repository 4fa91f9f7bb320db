import { t } from '@lingui/core/macro';
import type { Call, LocalPublication } from '@waterbus/client';
import { stopSharing, Video } from '@waterbus/react';
import { MonitorUp, MonitorX, Volume2 } from 'lucide-react';
import { useState } from 'react';
import { DrawingButtons } from '../drawing/drawing-buttons.js';
import { DrawingView } from '../drawing/drawing-view.js';
import { useDrawing } from '../drawing/use-drawing.js';

/**
 * What this user shares, as the others see it. A window that shows the call itself would show
 * itself in itself without end; browsers warn of that before sharing.
 */
export function OwnScreen({ call, publication }: { call: Call; publication: LocalPublication }) {
  const tools = useDrawing(call, call.local.id);
  const [active, setActive] = useState(false);
  const sound = call.local.publication('screen-audio');
  return (
    <figure className="screen own-screen" aria-label={t`Your shared screen`}>
      <div className="screen-picture own-picture">
        <Video track={publication.track} />
        <DrawingView tools={tools} active={active} />
      </div>
      <div className="screen-buttons">
        <DrawingButtons tools={tools} of={t`your screen`} active={active} onActive={setActive} isPresenter />
        <button type="button" className="screen-zoom" onClick={() => void stopSharing(call)}>
          <MonitorX size={18} />
          {t`Stop sharing`}
        </button>
      </div>
      <figcaption>
        {sound ? <Volume2 size={16} /> : <MonitorUp size={16} />}
        {sound ? t`You are sharing your screen with sound` : t`You are sharing your screen`}
      </figcaption>
    </figure>
  );
}
