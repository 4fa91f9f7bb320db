import { getStroke } from 'perfect-freehand';
import { type PointerEvent, useEffect, useRef, useState } from 'react';
import { PARTS } from './drawing-messages.js';
import type { DrawingTools } from './use-drawing.js';

/** Strokes over a shared picture, exactly where they were drawn on it. `active`: the pointer draws. */
export default function DrawingLayer({ tools, active }: { tools: DrawingTools; active: boolean }) {
  const layer = useRef<SVGSVGElement>(null);
  const stroke = useRef<number>(undefined);
  const { width, height } = usePictureSize(layer);
  const add = (event: PointerEvent) => {
    const matrix = layer.current?.getScreenCTM()?.inverse();
    if (stroke.current === undefined || !matrix) return;
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
    const part = (at: number, size: number) => Math.min(PARTS, Math.max(0, Math.round((at / size) * PARTS)));
    tools.draw(stroke.current, [part(x, width), part(y, height)]);
  };
  const end = () => {
    stroke.current = undefined;
  };
  return (
    <svg
      ref={layer}
      className="drawing"
      data-active={active ? '' : undefined}
      viewBox={`0 0 ${width} ${height}`}
      aria-hidden="true"
      onPointerDown={(event) => {
        if (!active || !event.isPrimary) return;
        layer.current?.setPointerCapture(event.pointerId);
        stroke.current = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
        add(event);
      }}
      onPointerMove={add}
      onPointerUp={end}
      onPointerCancel={end}
    >
      {tools.drawing.strokes.map(({ id, by, points, at }) => (
        <path key={`${id} ${at}`} className="stroke" d={outline(points, width, height)} fill={colorOf(by)} />
      ))}
    </svg>
  );
}

/** The size of the picture below the layer, in its own pixels: only the proportion matters. */
function usePictureSize(layer: { current: SVGSVGElement | null }): { width: number; height: number } {
  const [size, setSize] = useState({ width: 1600, height: 900 });
  useEffect(() => {
    const parent = layer.current?.parentElement;
    if (!parent) return;
    const read = () => {
      const video = [...parent.querySelectorAll('video')].find(({ videoWidth }) => videoWidth > 0);
      if (!video) return;
      const height = (1600 * video.videoHeight) / video.videoWidth;
      setSize((before) => (before.height === height ? before : { width: 1600, height }));
    };
    read();
    // These events do not bubble.
    for (const name of ['resize', 'loadedmetadata']) parent.addEventListener(name, read, true);
    return () => {
      for (const name of ['resize', 'loadedmetadata']) parent.removeEventListener(name, read, true);
    };
  }, [layer]);
  return size;
}

function outline(numbers: readonly number[], width: number, height: number): string {
  const points: [number, number][] = [];
  for (let index = 0; index < numbers.length; index += 2) {
    points.push([(numbers[index]! / PARTS) * width, (numbers[index + 1]! / PARTS) * height]);
  }
  const edge = getStroke(points, { size: 12, thinning: 0.4, smoothing: 0.6, streamline: 0.4 });
  return edge.length === 0 ? '' : `M${edge.map(([x, y]) => `${x!.toFixed(1)} ${y!.toFixed(1)}`).join('L')}Z`;
}

/** The same for all viewers. */
function colorOf(participantId: string): string {
  let sum = 0;
  for (const letter of participantId) sum = (sum * 31 + letter.charCodeAt(0)) % 997;
  return COLORS[sum % COLORS.length]!;
}

/** Visible on white and on black. */
const COLORS = ['#e5484d', '#f76b15', '#0090ff', '#12a594', '#d6409f', '#8e4ec6'];
