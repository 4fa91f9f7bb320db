/**
 * Reads dependency descriptors as a receiver does (AV1 RTP specification, appendix A),
 * independently of the engine's code.
 */

export interface ReadDescriptor {
  begins: boolean;
  ends: boolean;
  frameNumber: number;
  hasStructure: boolean;
  spatial: number;
  temporal: number;
  /** The references of the frame, by the difference of frame numbers. */
  differences: number[];
  /** Of each decode target: 0 not present, 1 discardable, 2 switch, 3 required. */
  indications: number[];
  /** Bit 0 is decode target 0; undefined where the descriptor has none. */
  mask: number | undefined;
  /** By decode target: its highest spatial and temporal layer. */
  targets: { spatial: number; temporal: number }[];
  sizes: { width: number; height: number }[];
}

interface Template {
  spatial: number;
  temporal: number;
  indications: number[];
  differences: number[];
}

interface Structure {
  idOffset: number;
  targets: number;
  chains: number;
  templates: Template[];
  sizes: { width: number; height: number }[];
}

/** For one stream: descriptors refer to the latest structure. */
export class DescriptorReader {
  private structure: Structure | undefined;

  /** Throws when a descriptor is malformed, or refers to an unknown structure. */
  read(bytes: Uint8Array): ReadDescriptor {
    let at = 0;
    const bits = (count: number): number => {
      let value = 0;
      for (let i = 0; i < count; i++, at++) {
        if (at >= bytes.length * 8) throw new Error('the descriptor ends too early');
        value = value * 2 + ((bytes[at >> 3]! >> (7 - (at & 7))) & 1);
      }
      return value;
    };
    const nonSymmetric = (count: number): number => {
      const width = Math.floor(Math.log2(count)) + 1;
      const short = 2 ** width - count;
      const value = bits(width - 1);
      return value < short ? value : value * 2 + bits(1) - short;
    };
    const [begins, ends, id, frameNumber] = [bits(1) === 1, bits(1) === 1, bits(6), bits(16)];
    const [hasStructure, hasMask, hasIndications, hasDifferences, hasChains] =
      bytes.length > 3 ? [bits(1), bits(1), bits(1), bits(1), bits(1)] : [0, 0, 0, 0, 0];
    if (hasStructure) this.structure = readStructure(bits, nonSymmetric);
    const { structure } = this;
    if (!structure) throw new Error('a descriptor before any structure');
    const mask = hasMask ? bits(structure.targets) : undefined;
    const template = structure.templates[(id - structure.idOffset + 64) % 64];
    if (!template) throw new Error(`template ${id} is not in the structure`);
    const indications = hasIndications
      ? Array.from({ length: structure.targets }, () => bits(2))
      : template.indications;
    const differences = hasDifferences ? readDifferences(bits) : template.differences;
    if (hasChains) for (let i = 0; i < structure.chains; i++) bits(8);
    const { spatial, temporal } = template;
    const targets = Array.from({ length: structure.targets }, (_, target) => {
      const present = structure.templates.filter((one) => one.indications[target] !== 0);
      return {
        spatial: Math.max(...present.map((one) => one.spatial)),
        temporal: Math.max(...present.map((one) => one.temporal)),
      };
    });
    return {
      ...{ begins, ends, frameNumber, hasStructure: hasStructure === 1, spatial, temporal, differences },
      ...{ indications, mask, targets, sizes: structure.sizes },
    };
  }
}

function readStructure(bits: (count: number) => number, nonSymmetric: (count: number) => number): Structure {
  const idOffset = bits(6);
  const targets = bits(5) + 1;
  const templates: Template[] = [];
  let [spatial, temporal, next] = [0, 0, 0];
  do {
    templates.push({ spatial, temporal, indications: [], differences: [] });
    next = bits(2);
    if (next === 1) temporal++;
    if (next === 2) {
      temporal = 0;
      spatial++;
    }
  } while (next !== 3);
  for (const template of templates) template.indications = Array.from({ length: targets }, () => bits(2));
  for (const template of templates) while (bits(1) === 1) template.differences.push(bits(4) + 1);
  const chains = nonSymmetric(targets + 1);
  if (chains > 0) {
    for (let i = 0; i < targets; i++) nonSymmetric(chains);
    for (let i = 0; i < templates.length * chains; i++) bits(4);
  }
  const sizes: Structure['sizes'] = [];
  if (bits(1) === 1) for (let i = 0; i <= spatial; i++) sizes.push({ width: bits(16) + 1, height: bits(16) + 1 });
  return { idOffset, targets, chains, templates, sizes };
}

/** Custom differences of 4, 8 or 12 bits. */
function readDifferences(bits: (count: number) => number): number[] {
  const differences: number[] = [];
  for (let size = bits(2); size > 0; size = bits(2)) differences.push(bits(4 * size) + 1);
  return differences;
}
