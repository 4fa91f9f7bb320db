// Hot path: no allocation per packet.
/**
 * The properties of the frame of one packet, by its codec; one object is filled for every packet.
 */
export class FrameInfo {
  /** A decoder can start with this packet: it begins a key frame. For sound every packet does. */
  isKeyFrame = false;
  /** First and last packet of a frame; with spatial layers, of one layer's frame. */
  beginsFrame = false;
  endsFrame = false;
  spatial = 0;
  temporal = 0;
  /** Of `pictureIdBits` (7 or 15) bits, in the payload from `pictureIdOffset` on; -1 without. */
  pictureId = -1;
  pictureIdBits = 0;
  pictureIdOffset = 0;
  /** VP8's and VP9's TL0PICIDX and where it is in the payload; -1 without. */
  baseLayerIndex = -1;
  baseLayerIndexOffset = 0;
  /** `layerBit` of each pair of layers to which a receiver may go up with this frame. */
  switchLayers = 0;
  /**
   * The highest temporal layer to which a receiver of the frame's spatial layer may go up with it;
   * -1 for none.
   */
  switchTemporal = -1;
  /**
   * AV1: the frame's number, -1 without; and the earlier frames that it needs, as bits
   * (`referenceBit`).
   */
  frameNumber = -1;
  references = 0;
  /** No other frame refers to it. */
  isDiscardable = false;
  /**
   * AV1: the number of decode targets of its structure, 0 when unknown; the position of their mask
   * in its descriptor, or where it belongs, in bits.
   */
  decodeTargets = 0;
  maskBit = 0;
  hasMask = false;
  /** Layers and sizes of the stream, if the packet describes them; otherwise 0. */
  spatialLayers = 0;
  temporalLayers = 0;
  readonly widths = new Uint16Array(MAX_SPATIAL_LAYERS);
  readonly heights = new Uint16Array(MAX_SPATIAL_LAYERS);

  /** Takes over the properties that a receiver needs of a frame with which it begins. */
  beginAs(other: FrameInfo): void {
    this.isKeyFrame = other.isKeyFrame;
    this.spatial = other.spatial;
    this.temporal = other.temporal;
    this.baseLayerIndex = other.baseLayerIndex;
    this.switchLayers = other.switchLayers;
    this.switchTemporal = other.switchTemporal;
    this.frameNumber = other.frameNumber;
  }

  /**
   * Reads the picture id of VP8 (RFC 7741 section 4.2) and VP9 (RFC 9628 section 4.2) at `at` of a payload of `length` bytes
   * that begins at `offset`. False when the payload ends within it.
   */
  readPictureId(bytes: Uint8Array, offset: number, at: number, length: number): boolean {
    if (at >= length) return false;
    const first = bytes[offset + at]!;
    const isLong = (first & 0x80) !== 0;
    if (isLong && at + 1 >= length) return false;
    this.pictureIdOffset = at;
    this.pictureIdBits = isLong ? 15 : 7;
    this.pictureId = isLong ? ((first & 0x7f) << 8) | bytes[offset + at + 1]! : first;
    return true;
  }

  reset(): void {
    this.isKeyFrame = this.beginsFrame = this.endsFrame = this.isDiscardable = this.hasMask = false;
    this.spatial = this.temporal = 0;
    this.pictureId = this.baseLayerIndex = this.switchTemporal = this.frameNumber = -1;
    this.switchLayers = this.references = this.decodeTargets = this.spatialLayers = this.temporalLayers = 0;
  }
}

/** Higher layers are not distinguished. Encoders have at most three of each. */
export const MAX_SPATIAL_LAYERS = 4;
export const MAX_TEMPORAL_LAYERS = 4;

export function layerBit(spatial: number, temporal: number): number {
  return 1 << (spatial * MAX_TEMPORAL_LAYERS + temporal);
}

/** All temporal layers of one spatial layer. */
export function layersOf(spatial: number): number {
  return 0xf << (spatial * MAX_TEMPORAL_LAYERS);
}

/**
 * The bit of a frame that is so many numbers before. Frames far back share one bit, which no taken
 * frame has.
 */
export function referenceBit(difference: number): number {
  return difference < 32 ? 1 << difference : 1;
}

export const ALL_LAYERS = 0xffff;
