import type { ProcessedTrack } from '@waterbus/react';
import type { Background } from './background.js';
import { canvasPath, type FramePath, streamPath } from './frame-paths.js';
import type { EffectFailure, Figures, FromWorker, ToWorker } from './messages.js';
import { readOwnPicture } from './own-picture.js';

export interface ProcessedCamera extends ProcessedTrack {
  /** Replaces the background of the running picture. */
  show(background: Background): void;
  /** Of the last frames. */
  readonly figures: Figures | undefined;
}

/**
 * Replaces the background of a camera's pictures, in a worker. `failed` is called once, afterwards
 * no more pictures come.
 *
 * @returns When the model is loaded; rejects when that fails.
 */
export async function processCamera(
  camera: MediaStreamTrack,
  background: Background,
  failed: (reason: EffectFailure) => void,
): Promise<ProcessedCamera> {
  const worker = new Worker(new URL('./background-worker.ts', import.meta.url), { type: 'module' });
  const post = (message: ToWorker, transfer: Transferable[] = []) => worker.postMessage(message, transfer);
  const show = async (wanted: Background) => {
    const picture = wanted === 'own' ? await readOwnPicture() : undefined;
    post({ type: 'background', background: wanted, picture }, picture ? [picture] : []);
  };
  let path: FramePath | undefined;
  let figures: Figures | undefined;
  const stop = () => {
    worker.terminate();
    path?.stop();
  };
  const ready = new Promise<void>((resolve, reject) => {
    worker.onerror = () => reject(new Error('The worker could not be started'));
    worker.onmessage = ({ data: message }: MessageEvent<FromWorker>) => {
      if (message.type === 'ready') resolve();
      else if (message.type === 'figures') figures = message.figures;
      else if (message.type === 'failed') {
        reject(new Error(message.reason));
        if (path) failed(message.reason);
        stop();
      } else path?.onMessage(message);
    };
  });
  try {
    await Promise.all([ready, show(background)]);
  } catch (error) {
    stop();
    throw error;
  }
  path = streamPath(camera, post) ?? canvasPath(camera, post);
  return {
    track: path.track,
    stop,
    show: (wanted) => void show(wanted),
    get figures() {
      return figures;
    },
  };
}
