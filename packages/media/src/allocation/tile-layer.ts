import type { LayerRates } from './layer-rates.js';

/**
 * The lowest spatial layer that looks good in a tile of this size (device pixels). `current` is the
 * present layer (-1 for none yet): small changes of a tile's size do not switch layers back and
 * forth.
 */
export function layerForTile(layers: LayerRates, width: number, height: number, current: number): number {
  const top = layers.spatialLayers - 1;
  for (let spatial = 0; spatial < top; spatial++) {
    const stretch = spatial < current ? STRETCH_BELOW : STRETCH;
    // The picture keeps its proportions within the tile, so that one side decides.
    if (sizeOf(layers, spatial, true) * stretch >= width || sizeOf(layers, spatial, false) * stretch >= height) {
      return spatial;
    }
  }
  return top;
}

/**
 * An unknown side is that of the nearest known layer, halved or doubled for each layer between,
 * else a camera's.
 */
function sizeOf(layers: LayerRates, spatial: number, isWidth: boolean): number {
  for (let distance = 0; distance < layers.spatialLayers; distance++) {
    for (const other of [spatial + distance, spatial - distance]) {
      if (other < 0 || other >= layers.spatialLayers) continue;
      const size = isWidth ? layers.width(other) : layers.height(other);
      if (size > 0) return size * 2 ** (spatial - other);
    }
  }
  return (isWidth ? CAMERA_WIDTH : CAMERA_HEIGHT) * 2 ** (spatial - layers.spatialLayers + 1);
}

/** How much a picture may be enlarged: at a third more, the next layer begins to look sharper. */
const STRETCH = 1.3;
/**
 * The same for a layer below the current one: 13 % less tile, so that dragging a border does not
 * switch layers back and forth.
 */
const STRETCH_BELOW = 1.15;
/** The default size of cameras. */
const CAMERA_WIDTH = 1280;
const CAMERA_HEIGHT = 720;
