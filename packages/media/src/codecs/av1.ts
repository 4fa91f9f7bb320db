// Hot path: no allocation per packet.
import { ExtensionKind } from '../rtp/extensions.js';
import type { RtpHeader } from '../rtp/header.js';
import { BitReader } from './bit-reader.js';
import { DependencyStructure, Indication, MAX_DECODE_TARGETS } from './dependency-structure.js';
import type { FrameClassifier } from './frame-classifier.js';
import { ALL_LAYERS, type FrameInfo, layerBit, referenceBit } from './frame-info.js';

/**
 * AV1 by its dependency descriptor (AV1 RTP specification, appendix A). Without a descriptor, the
 * aggregation header (section 4.4) shows only where a coded video sequence begins.
 */
export class Av1Classifier implements FrameClassifier {
  private readonly reader = new BitReader();
  /** Packets from before the newest structure may still arrive, and refer to the previous one. */
  private newest = new DependencyStructure();
  private previous = new DependencyStructure();
  private spare = new DependencyStructure();
  private readonly custom = new Uint8Array(MAX_DECODE_TARGETS);

  constructor(private readonly isSimulcast: boolean) {}

  classify(header: RtpHeader, bytes: Uint8Array, out: FrameInfo): void {
    out.reset();
    const at = header.extensionOffsets[ExtensionKind.DependencyDescriptor]!;
    if (at === 0) this.readAggregation(header, bytes, out);
    else this.readDescriptor(header, bytes, at, header.extensionLengths[ExtensionKind.DependencyDescriptor]!, out);
  }

  targetMask(spatial: number, temporal: number, decodeTargets: number): number {
    const { newest } = this;
    if (!newest.isValid || newest.decodeTargets !== decodeTargets) return 0;
    let mask = 0;
    for (let target = 0; target < decodeTargets; target++) {
      const isWithin =
        (this.isSimulcast || newest.targetSpatial[target]! <= spatial) && newest.targetTemporal[target]! <= temporal;
      if (isWithin) mask |= 1 << target;
    }
    return mask;
  }

  private readAggregation(header: RtpHeader, bytes: Uint8Array, out: FrameInfo): void {
    out.endsFrame = header.marker === 1;
    if (header.payloadLength < 1) return;
    const aggregation = bytes[header.payloadOffset]!;
    out.beginsFrame = (aggregation & 0x80) === 0;
    out.isKeyFrame = out.beginsFrame && (aggregation & 0x08) !== 0;
    if (out.isKeyFrame) out.switchLayers = ALL_LAYERS;
  }

  private readDescriptor(header: RtpHeader, bytes: Uint8Array, at: number, length: number, out: FrameInfo): void {
    const { reader } = this;
    reader.open(bytes, at, length);
    const begins = reader.read(1) === 1;
    const ends = reader.read(1) === 1;
    const templateId = reader.read(6);
    const frameNumber = reader.read(16);
    if (reader.isOver) return;
    out.beginsFrame = begins;
    out.endsFrame = ends;
    const hasMore = length > MANDATORY_BYTES;
    const hasStructure = hasMore && reader.read(1) === 1;
    const hasMask = hasMore && reader.read(1) === 1;
    const hasCustomIndications = hasMore && reader.read(1) === 1;
    const hasCustomReferences = hasMore && reader.read(1) === 1;
    if (hasMore) reader.skip(1);
    if (hasStructure && !this.readStructure(header.sequenceNumber)) return;
    const structure = this.structureOf(templateId, header.sequenceNumber);
    if (!structure) return;
    out.decodeTargets = structure.decodeTargets;
    out.maskBit = hasMore ? reader.position : MANDATORY_BYTES * 8 + FLAG_BITS;
    out.hasMask = hasMask;
    if (hasMask) reader.skip(structure.decodeTargets);
    if (hasCustomIndications) for (let i = 0; i < structure.decodeTargets; i++) this.custom[i] = reader.read(2);
    const template = structure.template(templateId);
    const references = hasCustomReferences ? this.readReferences() : structure.referencesOf(template);
    if (reader.isOver) {
      out.decodeTargets = 0;
      return;
    }
    out.frameNumber = frameNumber;
    out.references = references;
    out.spatial = this.isSimulcast ? 0 : structure.spatialOf(template);
    out.temporal = structure.temporalOf(template);
    out.isDiscardable = true;
    for (let target = 0; target < structure.decodeTargets; target++) {
      const indication = hasCustomIndications ? this.custom[target]! : structure.indication(template, target);
      if (indication > Indication.Discardable) out.isDiscardable = false;
      if (indication !== Indication.Switch || !begins) continue;
      const spatial = this.isSimulcast ? 0 : structure.targetSpatial[target]!;
      out.switchLayers |= layerBit(spatial, structure.targetTemporal[target]!);
    }
    if (!hasStructure) return;
    out.isKeyFrame = begins;
    out.spatialLayers = this.isSimulcast ? 1 : structure.spatialLayers;
    out.temporalLayers = structure.temporalLayers;
    // If a structure has several layers, a simulcast stream carries the last of them.
    const first = this.isSimulcast ? structure.spatialLayers - 1 : 0;
    for (let i = 0; i < out.spatialLayers; i++) {
      out.widths[i] = structure.widths[first + i]!;
      out.heights[i] = structure.heights[first + i]!;
    }
  }

  /** Appendix A.8.3: differences of 4, 8 or 12 bits. */
  private readReferences(): number {
    let references = 0;
    for (let size = this.reader.read(2); size > 0; size = this.reader.read(2)) {
      references |= referenceBit(this.reader.read(4 * size) + 1);
    }
    return references;
  }

  /** Answers whether the descriptor's structure is valid; a malformed one changes nothing. */
  private readStructure(sequenceNumber: number): boolean {
    this.spare.read(this.reader, sequenceNumber);
    if (!this.spare.isValid) return false;
    const { newest, previous, spare } = this;
    if (newest.isValid && newest.sequenceNumber !== sequenceNumber) {
      if (isBefore(sequenceNumber, newest.sequenceNumber)) {
        // Repaired late: it is the older one.
        this.previous = spare;
        this.spare = previous;
        return true;
      }
      this.previous = newest;
      this.spare = previous;
    } else this.spare = newest;
    this.newest = spare;
    return true;
  }

  /**
   * A structure belongs to its key frame and the frames after it: a template id alone is ambiguous.
   */
  private structureOf(templateId: number, sequenceNumber: number): DependencyStructure | undefined {
    const { newest, previous } = this;
    const isOlder = newest.isValid && isBefore(sequenceNumber, newest.sequenceNumber);
    const structure = isOlder ? previous : newest;
    return structure.template(templateId) >= 0 ? structure : undefined;
  }
}

function isBefore(sequenceNumber: number, other: number): boolean {
  return ((sequenceNumber - other) << 16) >> 16 < 0;
}

/** Appendix A.8.1: flags, template id, frame number. */
const MANDATORY_BYTES = 3;
/** Appendix A.8.3: five flags open the extended fields. */
const FLAG_BITS = 5;
