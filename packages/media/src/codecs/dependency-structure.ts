// Hot path: no allocation per packet.
import type { BitReader } from './bit-reader.js';
import { MAX_SPATIAL_LAYERS, MAX_TEMPORAL_LAYERS, referenceBit } from './frame-info.js';

/** Decode target indications (AV1 RTP specification, appendix A.3). */
export const Indication = { NotPresent: 0, Discardable: 1, Switch: 2, Required: 3 } as const;

/**
 * A template dependency structure (AV1 RTP specification, appendix A.8.2), to which later
 * descriptors refer.
 */
export class DependencyStructure {
  /** False before the first one, and after a malformed one. */
  isValid = false;
  /**
   * Sequence number of the packet that contained it; it belongs to the key frame that begins there.
   */
  sequenceNumber = 0;
  decodeTargets = 0;
  chains = 0;
  spatialLayers = 0;
  temporalLayers = 0;
  readonly widths = new Uint16Array(MAX_SPATIAL_LAYERS);
  readonly heights = new Uint16Array(MAX_SPATIAL_LAYERS);
  /** By decode target. */
  readonly targetSpatial = new Uint8Array(MAX_DECODE_TARGETS);
  readonly targetTemporal = new Uint8Array(MAX_DECODE_TARGETS);
  private idOffset = 0;
  private templates = 0;
  /** By template. */
  private readonly spatial = new Uint8Array(MAX_TEMPLATES);
  private readonly temporal = new Uint8Array(MAX_TEMPLATES);
  private readonly indications = new Uint8Array(MAX_TEMPLATES * MAX_DECODE_TARGETS);
  private readonly references = new Int32Array(MAX_TEMPLATES);

  /** The index of the template with this id, or -1. */
  template(id: number): number {
    const index = (id - this.idOffset + MAX_TEMPLATES) % MAX_TEMPLATES;
    return this.isValid && index < this.templates ? index : -1;
  }

  spatialOf(template: number): number {
    return this.spatial[template]!;
  }

  temporalOf(template: number): number {
    return this.temporal[template]!;
  }

  /** As `FrameInfo.references`. */
  referencesOf(template: number): number {
    return this.references[template]!;
  }

  indication(template: number, target: number): number {
    return this.indications[template * MAX_DECODE_TARGETS + target]!;
  }

  /** Reads the structure; sets `isValid`. */
  read(reader: BitReader, sequenceNumber: number): void {
    this.sequenceNumber = sequenceNumber;
    this.idOffset = reader.read(6);
    this.decodeTargets = reader.read(5) + 1;
    this.isValid = this.readLayers(reader);
    if (!this.isValid) return;
    for (let i = 0; i < this.templates; i++) {
      for (let j = 0; j < this.decodeTargets; j++) this.indications[i * MAX_DECODE_TARGETS + j] = reader.read(2);
    }
    for (let i = 0; i < this.templates; i++) {
      let references = 0;
      while (reader.read(1) === 1) references |= referenceBit(reader.read(4) + 1);
      this.references[i] = references;
    }
    this.chains = reader.nonSymmetric(this.decodeTargets + 1);
    if (this.chains > 0) {
      for (let i = 0; i < this.decodeTargets; i++) reader.nonSymmetric(this.chains);
      reader.skip(this.templates * this.chains * 4);
    }
    this.deriveTargets();
    this.widths.fill(0);
    this.heights.fill(0);
    if (reader.read(1) === 1) {
      for (let i = 0; i < this.spatialLayers; i++) {
        this.widths[i] = reader.read(16) + 1;
        this.heights[i] = reader.read(16) + 1;
      }
    }
    if (reader.isOver) this.isValid = false;
  }

  private readLayers(reader: BitReader): boolean {
    let spatial = 0;
    let temporal = 0;
    this.templates = this.spatialLayers = this.temporalLayers = 0;
    for (;;) {
      if (this.templates === MAX_TEMPLATES || spatial >= MAX_SPATIAL_LAYERS || temporal >= MAX_TEMPORAL_LAYERS)
        return false;
      this.spatial[this.templates] = spatial;
      this.temporal[this.templates++] = temporal;
      this.spatialLayers = Math.max(this.spatialLayers, spatial + 1);
      this.temporalLayers = Math.max(this.temporalLayers, temporal + 1);
      const next = reader.read(2);
      if (reader.isOver) return false;
      if (next === 3) return true;
      if (next === 1) temporal++;
      else if (next === 2) {
        temporal = 0;
        spatial++;
      }
    }
  }

  /** Appendix A.8.2: a target's layers are the highest among its templates. */
  private deriveTargets(): void {
    for (let target = 0; target < this.decodeTargets; target++) {
      let spatial = 0;
      let temporal = 0;
      for (let i = 0; i < this.templates; i++) {
        if (this.indication(i, target) === Indication.NotPresent) continue;
        spatial = Math.max(spatial, this.spatial[i]!);
        temporal = Math.max(temporal, this.temporal[i]!);
      }
      this.targetSpatial[target] = spatial;
      this.targetTemporal[target] = temporal;
    }
  }
}

/** Six bits of template id, five of target count. */
const MAX_TEMPLATES = 64;
export const MAX_DECODE_TARGETS = 32;
