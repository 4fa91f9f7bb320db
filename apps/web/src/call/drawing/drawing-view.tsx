import { latePart } from '../../parts/late-part.js';
import type { DrawingTools } from './use-drawing.js';

/** The layer of strokes, loaded with the first of them. */
export function DrawingView({ tools, active }: { tools: DrawingTools; active: boolean }) {
  if (!active && tools.drawing.strokes.length === 0) return null;
  return <DrawingLayer tools={tools} active={active} />;
}

const DrawingLayer = latePart(() => import('./drawing-layer.js'));
