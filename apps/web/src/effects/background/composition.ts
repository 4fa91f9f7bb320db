import { type Background, isScene } from './background.js';
import { paintScene } from './scenes.js';

/** Puts a person before another background. */
export class Composition {
  readonly canvas = new OffscreenCanvas(16, 9);
  #paint = this.canvas.getContext('2d')!;
  #blurred = new OffscreenCanvas(16, 9);
  #half = new OffscreenCanvas(16, 9);
  #still: OffscreenCanvas | undefined;
  #background: Background = 'blur';
  #picture: ImageBitmap | undefined;

  /** `picture`: the user's own. */
  show(background: Background, picture: ImageBitmap | undefined): void {
    this.#picture?.close();
    this.#background = background;
    this.#picture = picture;
    this.#still = undefined;
  }

  /** `mask`: opaque where the person is, of any size. */
  compose(frame: CanvasImageSource, mask: OffscreenCanvas, width: number, height: number): void {
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
      this.#still = undefined;
    }
    const paint = this.#paint;
    paint.globalCompositeOperation = 'copy';
    paint.drawImage(mask, 0, 0, width, height);
    paint.globalCompositeOperation = 'source-in';
    paint.drawImage(frame, 0, 0, width, height);
    paint.globalCompositeOperation = 'destination-over';
    paint.drawImage(this.#behind(frame, width, height), 0, 0, width, height);
  }

  #behind(frame: CanvasImageSource, width: number, height: number): OffscreenCanvas {
    if (this.#background === 'blur' || this.#background === 'blur-light') return this.#blur(frame, width, height);
    this.#still ??= this.#paintStill(width, height);
    return this.#still;
  }

  /**
   * By repeated shrinking and enlarging, which every browser smooths: filters of a canvas are
   * missing in some, and costly without a graphics processor.
   */
  #blur(frame: CanvasImageSource, width: number, height: number): OffscreenCanvas {
    const rounds = this.#background === 'blur' ? STRONG : LIGHT;
    const portion = rounds.width / Math.max(width, height);
    resize(this.#blurred, width * portion, height * portion);
    resize(this.#half, (width * portion) / 2, (height * portion) / 2);
    const large = this.#blurred.getContext('2d')!;
    const small = this.#half.getContext('2d')!;
    large.drawImage(frame, 0, 0, this.#blurred.width, this.#blurred.height);
    for (let round = 0; round < rounds.count; round++) {
      small.drawImage(this.#blurred, 0, 0, this.#half.width, this.#half.height);
      large.drawImage(this.#half, 0, 0, this.#blurred.width, this.#blurred.height);
    }
    return this.#blurred;
  }

  #paintStill(width: number, height: number): OffscreenCanvas {
    const still = new OffscreenCanvas(width, height);
    const paint = still.getContext('2d')!;
    const picture = this.#picture;
    if (picture) {
      // Covers everything, from the middle.
      const scale = Math.max(width / picture.width, height / picture.height);
      const [shownWidth, shownHeight] = [picture.width * scale, picture.height * scale];
      paint.drawImage(picture, (width - shownWidth) / 2, (height - shownHeight) / 2, shownWidth, shownHeight);
    } else {
      paintScene(paint, isScene(this.#background) ? this.#background : 'studio', width, height);
    }
    return still;
  }
}

function resize(canvas: OffscreenCanvas, width: number, height: number): void {
  const [wide, high] = [Math.max(1, Math.round(width)), Math.max(1, Math.round(height))];
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
}

/** Width in pixels of the longer side while it is blurred, and rounds of smoothing. */
const STRONG = { width: 48, count: 4 };
const LIGHT = { width: 192, count: 2 };
