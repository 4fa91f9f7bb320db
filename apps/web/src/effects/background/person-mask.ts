import modelUrl from '@twilio/video-processors/dist/build/selfie_segmentation_landscape.tflite?url';
import createModule, { type TfLite } from '@twilio/video-processors/dist/build/tflite-simd-1-0-0.js';
import wasmUrl from '@twilio/video-processors/dist/build/tflite-simd-1-0-0.wasm?url';

/** Finds a person in frames. Only for workers: a frame takes milliseconds. */
export interface PersonMask {
  /** A small canvas, opaque where the person is and transparent elsewhere. */
  readonly canvas: OffscreenCanvas;
  search(frame: CanvasImageSource): void;
}

/** Loads the model from this server. Rejects when the files or WebAssembly are not available. */
export async function loadPersonMask(): Promise<PersonMask> {
  const [lite, model] = await Promise.all([
    createModule({ locateFile: () => wasmUrl, print: () => {}, printErr: () => {} }),
    fetchBytes(modelUrl),
  ]);
  lite.HEAPU8.set(model, lite._getModelBufferMemoryOffset());
  if (lite._loadModel(model.length) !== 0) throw new Error('The model could not be loaded');
  return maskOf(lite);
}

function maskOf(lite: TfLite): PersonMask {
  const width = lite._getInputWidth();
  const height = lite._getInputHeight();
  // Read after each frame: kept in the memory of the processor.
  const input = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
  const canvas = new OffscreenCanvas(width, height);
  const output = canvas.getContext('2d', { willReadFrequently: true })!;
  const alpha = new ImageData(width, height);
  const former = new Float32Array(width * height);
  let isFirst = true;
  return {
    canvas,
    search(frame) {
      input.drawImage(frame, 0, 0, width, height);
      const { data } = input.getImageData(0, 0, width, height);
      const from = lite._getInputMemoryOffset() / 4;
      for (let pixel = 0; pixel < former.length; pixel++) {
        lite.HEAPF32[from + pixel * 3] = data[pixel * 4]! / 255;
        lite.HEAPF32[from + pixel * 3 + 1] = data[pixel * 4 + 1]! / 255;
        lite.HEAPF32[from + pixel * 3 + 2] = data[pixel * 4 + 2]! / 255;
      }
      lite._runInference();
      const found = lite._getOutputMemoryOffset() / 4;
      for (let pixel = 0; pixel < former.length; pixel++) {
        const now = lite.HEAPF32[found + pixel]!;
        // The edge does not flicker: a part of the former mask remains.
        const mixed = isFirst ? now : former[pixel]! * KEPT + now * (1 - KEPT);
        former[pixel] = mixed;
        alpha.data[pixel * 4 + 3] = 255 * smoothStep((mixed - OUTSIDE) / (INSIDE - OUTSIDE));
      }
      isFirst = false;
      output.putImageData(alpha, 0, 0);
    },
  };
}

async function fetchBytes(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

function smoothStep(value: number): number {
  const clamped = Math.min(1, Math.max(0, value));
  return clamped * clamped * (3 - 2 * clamped);
}

/** Share of the former mask. */
const KEPT = 0.3;

/** Confidence of the model: below it is background, above it person. */
const OUTSIDE = 0.35;
const INSIDE = 0.75;
