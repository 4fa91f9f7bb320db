// Hot path: no allocation per packet.
import { type FrameInfo, layerBit, MAX_SPATIAL_LAYERS, MAX_TEMPORAL_LAYERS } from '../codecs/frame-info.js';

/**
 * Selects the layers of one stream for a consumer. It goes down where the next picture begins, and
 * up where a frame shows that the higher layers need nothing before it. In simulcast each spatial
 * layer is a stream of its own, so that one stream has only one here.
 */
export class LayerSelector {
  spatial = 0;
  temporal = 0;
  private targetSpatial = MAX_SPATIAL_LAYERS - 1;
  private targetTemporal = MAX_TEMPORAL_LAYERS - 1;
  /** Of the current picture. */
  private timestamp = 0;
  /**
   * AV1: the newest frame's number, and by distance from it which earlier frames were taken, as
   * bits.
   */
  private newestFrame = -1;
  private taken = 0;

  setTarget(spatial: number, temporal: number): void {
    this.targetSpatial = Math.max(0, Math.min(spatial, MAX_SPATIAL_LAYERS - 1));
    this.targetTemporal = Math.max(0, Math.min(temporal, MAX_TEMPORAL_LAYERS - 1));
  }

  /** A key frame begins. */
  start(frame: FrameInfo, timestamp: number): void {
    this.spatial = this.temporal = 0;
    this.timestamp = timestamp;
    this.newestFrame = frame.frameNumber;
    this.taken = 1;
    this.rise(frame);
  }

  /** Whether the stream's newest packet is taken. */
  takes(frame: FrameInfo, timestamp: number): boolean {
    if (timestamp !== this.timestamp) {
      this.timestamp = timestamp;
      if (this.spatial > this.targetSpatial) this.spatial = this.targetSpatial;
      if (this.temporal > this.targetTemporal) this.temporal = this.targetTemporal;
    }
    const isNews = frame.beginsFrame && frame.frameNumber >= 0 && this.reach(frame);
    // Only a receiver that decodes the frame can switch there: one without its references cannot.
    const isDecodable = (frame.references & ~this.taken) === 0;
    if (isDecodable && (frame.switchLayers !== 0 || frame.switchTemporal >= 0)) this.rise(frame);
    const isTaken = frame.spatial <= this.spatial && frame.temporal <= this.temporal;
    if (isTaken && isNews) this.taken |= 1;
    return isTaken;
  }

  /** AV1: the number of the last taken frame; -1 without. */
  get lastFrame(): number {
    const { newestFrame, taken } = this;
    return newestFrame < 0 || taken === 0 ? newestFrame : (newestFrame - 31 + Math.clz32(taken & -taken)) & 0xffff;
  }

  /** Whether some wanted layers are not taken yet, as far as the stream has them. */
  isRising(spatialLayers: number, temporalLayers: number): boolean {
    return (
      this.spatial < Math.min(this.targetSpatial, spatialLayers - 1) ||
      this.temporal < Math.min(this.targetTemporal, temporalLayers - 1)
    );
  }

  /** A frame of this number begins. False when it is late. */
  private reach({ frameNumber, isKeyFrame }: FrameInfo): boolean {
    const step = ((frameNumber - this.newestFrame) << 16) >> 16;
    // A restarted encoder may number from the beginning.
    if (step <= 0 && !isKeyFrame) return false;
    this.taken = step > 0 && step < 32 ? this.taken << step : 0;
    this.newestFrame = frameNumber;
    return true;
  }

  private rise(frame: FrameInfo): void {
    if (frame.spatial > this.spatial + 1) return;
    for (let spatial = this.targetSpatial; spatial > this.spatial; spatial--) {
      if (this.riseTo(spatial, frame, 0)) return;
    }
    if (this.riseTo(this.spatial, frame, this.temporal + 1)) return;
    // A frame of VP8 that needs the base layer alone shows nothing about the layers in between.
    if (frame.spatial <= this.spatial && frame.temporal <= this.temporal + 1) {
      this.temporal = Math.max(this.temporal, Math.min(this.targetTemporal, frame.switchTemporal));
    }
  }

  private riseTo(spatial: number, frame: FrameInfo, lowest: number): boolean {
    for (let temporal = this.targetTemporal; temporal >= lowest; temporal--) {
      if ((frame.switchLayers & layerBit(spatial, temporal)) === 0) continue;
      this.spatial = spatial;
      this.temporal = temporal;
      return true;
    }
    return false;
  }
}
