import { lazy, Suspense } from 'react';
import { loadOnce } from '../../parts/load-code.js';
import type { DrawingTools } from './use-drawing.js';

/** The layer of strokes, loaded with the first of them. */
export function DrawingView({ tools, active }: { tools: DrawingTools; active: boolean }) {
  if (!active && tools.drawing.strokes.length === 0) return null;
  return (
    <Suspense fallback={null}>
      <DrawingLayer tools={tools} active={active} />
    </Suspense>
  );
}

const DrawingLayer = lazy(loadOnce(() => import('./drawing-layer.js')));
