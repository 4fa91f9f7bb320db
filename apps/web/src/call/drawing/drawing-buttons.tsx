import { t } from '@lingui/core/macro';
import { Eraser, Pencil, PencilOff, Users } from 'lucide-react';
import type { DrawingTools } from './use-drawing.js';

/** Draws on the screen, and clears: the presenter everything, others their own strokes. */
export function DrawingButtons(props: {
  tools: DrawingTools;
  /** Whose screen it is, for the names of the buttons. */
  of: string;
  active: boolean;
  onActive: (active: boolean) => void;
  isPresenter?: boolean;
}) {
  const { tools, of, active, onActive, isPresenter = false } = props;
  const { drawing, mayDraw, clear, allow } = tools;
  return (
    <>
      {drawing.strokes.length > 0 && (
        <button
          type="button"
          className="screen-button"
          aria-label={t`Clear drawing: ${of}`}
          title={t`Clear`}
          onClick={clear}
        >
          <Eraser size={18} />
        </button>
      )}
      {mayDraw && (
        <button
          type="button"
          className="screen-button"
          aria-label={t`Draw: ${of}`}
          aria-pressed={active}
          title={active ? t`Stop drawing` : t`Draw`}
          onClick={() => onActive(!active)}
        >
          <Pencil size={18} />
        </button>
      )}
      {isPresenter && (
        <button
          type="button"
          className="screen-button"
          aria-label={t`Others may draw`}
          aria-pressed={drawing.allowed}
          title={drawing.allowed ? t`Stop others from drawing` : t`Let others draw`}
          onClick={() => allow(!drawing.allowed)}
        >
          {drawing.allowed ? <Users size={18} /> : <PencilOff size={18} />}
        </button>
      )}
    </>
  );
}
