/**
 * Writes dependency descriptors as a publisher does (AV1 RTP specification, appendix A),
 * independently of the engine's code.
 */

export interface Template {
  spatial: number;
  temporal: number;
  /** One letter for each decode target: `-` not present, `D` discardable, `S` switch, `R` required. */
  indications: string;
  /** Frame differences. */
  references: number[];
  chainDifferences: number[];
}

export interface Structure {
  idOffset: number;
  targets: number;
  chains: number;
  protectedBy: number[];
  templates: Template[];
  sizes?: [number, number][];
}

export interface Descriptor {
  begins: boolean;
  ends: boolean;
  templateId: number;
  frameNumber: number;
  structure?: Structure;
  activeTargets?: number;
  customIndications?: string;
  /** Frame differences other than the template's. */
  customReferences?: number[];
}

/**
 * Templates of `L<spatial>T<temporal>_KEY`: upper layers depend on lower ones at key frames alone.
 * The first of each layer is for the key frame.
 */
export function keyStructure(spatialLayers: number, temporalLayers: number, idOffset = 0): Structure {
  const targets = spatialLayers * temporalLayers;
  const templates: Template[] = [];
  const indications = (letter: (spatial: number, temporal: number) => string) =>
    Array.from({ length: targets }, (_, i) => letter(Math.floor(i / temporalLayers), i % temporalLayers)).join('');
  for (let spatial = 0; spatial < spatialLayers; spatial++) {
    const chainDifferences = Array.from({ length: spatialLayers }, (_, i) => (i < spatial ? spatial - i : 0));
    templates.push({
      ...{ spatial, temporal: 0, references: spatial > 0 ? [1] : [], chainDifferences },
      indications: indications((s) => (s >= spatial ? 'S' : '-')),
    });
    for (let temporal = 0; temporal < temporalLayers; temporal++) {
      templates.push({
        ...{ spatial, temporal, references: [spatialLayers], chainDifferences: chainDifferences.map(() => 1) },
        indications: indications((s, t) => {
          if (s !== spatial || t < temporal) return '-';
          if (temporal === 0) return 'S';
          // As in libaom: later pictures of the layers above reference no picture of those layers
          // from before this one.
          return t === temporal ? 'D' : 'S';
        }),
      });
    }
  }
  const protectedBy = Array.from({ length: targets }, (_, i) => Math.floor(i / temporalLayers));
  const sizes = Array.from({ length: spatialLayers }, (_, i): [number, number] => [320 << i, 180 << i]);
  return { idOffset, targets, chains: spatialLayers, protectedBy, templates, sizes };
}

/** The id of a layer's template. */
export function templateId(structure: Structure, spatial: number, temporal: number, isKey: boolean): number {
  const own = structure.templates.findIndex((template) => template.spatial === spatial);
  const index = isKey
    ? own
    : structure.templates.findIndex((template, i) => {
        return i > own && template.spatial === spatial && template.temporal === temporal;
      });
  return (structure.idOffset + index) % 64;
}

export function writeDescriptor(descriptor: Descriptor): Uint8Array {
  const bits: number[] = [];
  const put = (value: number, count: number) => {
    for (let i = count - 1; i >= 0; i--) bits.push((value >> i) & 1);
  };
  const { structure, activeTargets, customIndications, customReferences } = descriptor;
  put(descriptor.begins ? 1 : 0, 1);
  put(descriptor.ends ? 1 : 0, 1);
  put(descriptor.templateId, 6);
  put(descriptor.frameNumber, 16);
  if (structure || activeTargets !== undefined || customIndications !== undefined || customReferences) {
    put(structure ? 1 : 0, 1);
    put(activeTargets === undefined ? 0 : 1, 1);
    put(customIndications === undefined ? 0 : 1, 1);
    put(customReferences ? 1 : 0, 1);
    put(0, 1);
    if (structure) putStructure(structure, put);
    if (activeTargets !== undefined) put(activeTargets, structure?.targets ?? 9);
    for (const letter of customIndications ?? '') put('-DSR'.indexOf(letter), 2);
    for (const difference of customReferences ?? []) {
      const size = difference > 256 ? 3 : difference > 16 ? 2 : 1;
      put(size, 2);
      put(difference - 1, 4 * size);
    }
    if (customReferences) put(0, 2);
  }
  while (bits.length % 8) bits.push(0);
  return Uint8Array.from({ length: bits.length / 8 }, (_, i) =>
    bits.slice(i * 8, i * 8 + 8).reduce((byte, bit) => byte * 2 + bit, 0),
  );
}

function putStructure(structure: Structure, put: (value: number, count: number) => void): void {
  const { templates, targets, chains } = structure;
  put(structure.idOffset, 6);
  put(targets - 1, 5);
  for (const [i, template] of templates.entries()) {
    const next = templates[i + 1];
    if (!next) put(3, 2);
    else if (next.spatial > template.spatial) put(2, 2);
    else put(next.temporal > template.temporal ? 1 : 0, 2);
  }
  for (const { indications } of templates) for (const letter of indications) put('-DSR'.indexOf(letter), 2);
  for (const { references } of templates) {
    for (const reference of references) put(0b10000 | (reference - 1), 5);
    put(0, 1);
  }
  putNonSymmetric(chains, targets + 1, put);
  if (chains > 0) {
    for (const chain of structure.protectedBy) putNonSymmetric(chain, chains, put);
    for (const { chainDifferences } of templates) for (const difference of chainDifferences) put(difference, 4);
  }
  put(structure.sizes ? 1 : 0, 1);
  for (const [width, height] of structure.sizes ?? []) {
    put(width - 1, 16);
    put(height - 1, 16);
  }
}

function putNonSymmetric(value: number, count: number, put: (value: number, bits: number) => void): void {
  const width = Math.floor(Math.log2(count)) + 1;
  const short = 2 ** width - count;
  if (value < short) put(value, width - 1);
  else put(value + short, width);
}
