import { SeededRandom } from '@waterbus/media/testing/random';
import type { z } from 'zod';

/**
 * Values generated from a schema: its shape with wild values, with parts of the wrong type, or no
 * shape at all. Seeded: the same seed makes the same values. Throws for an unknown kind of schema,
 * so that no part of a contract stays untested.
 */
export class HostileBodies {
  private readonly random: SeededRandom;

  /** `ids`: some existing ids, so that messages pass the look-up. */
  constructor(
    seed: number,
    private readonly ids: readonly string[],
  ) {
    this.random = new SeededRandom(seed);
  }

  of(schema: z.ZodType): unknown {
    const value = this.shaped(schema as unknown as Schema);
    switch (this.integer(4)) {
      case 0:
        return value;
      case 1:
        return this.wild(3);
      default:
        return this.broken(value, this.integer(4));
    }
  }

  integer(end: number): number {
    return Math.floor(this.random.next() * end);
  }

  /** A value that the schema nearly always accepts. */
  private shaped(schema: Schema): unknown {
    const { def } = schema;
    switch (def.type) {
      case 'object':
        return Object.fromEntries(
          Object.entries(def.shape).flatMap(([name, field]) => {
            const left = field.def.type === 'optional' && this.integer(2) === 0;
            return left ? [] : [[name, this.shaped(field)]];
          }),
        );
      case 'array':
        return Array.from({ length: this.pick([0, 1, 1, 1, 2, 20]) }, () => this.shaped(def.element));
      case 'tuple':
        return def.items.map((item) => this.shaped(item));
      case 'record':
        return Object.fromEntries(
          Array.from({ length: this.integer(4) }, () => [this.text(), this.shaped(def.valueType)]),
        );
      case 'union':
        return this.shaped(this.pick(def.options));
      case 'optional':
      case 'nullable':
        return this.integer(3) === 0 ? null : this.shaped(def.innerType);
      case 'default':
        return this.shaped(def.innerType);
      case 'enum':
        return this.pick(Object.values(def.entries));
      case 'literal':
        return this.pick(def.values);
      case 'string':
        return this.fitting(schema, () => this.text());
      case 'number':
        return this.fitting(schema, () => this.pick(NUMBERS));
      case 'boolean':
        return this.integer(2) === 0;
      case 'null':
        return null;
      default:
        throw new Error(`HostileBodies knows no schema of type ${(def as { type: string }).type}`);
    }
  }

  /**
   * In nine of ten cases one that the schema accepts, so that a large shape has a chance to be
   * accepted as a whole.
   */
  private fitting(schema: Schema, candidate: () => unknown): unknown {
    let value = candidate();
    if (this.integer(10) === 0) return value;
    for (let tries = 0; tries < 50 && !(schema as unknown as z.ZodType).safeParse(value).success; tries += 1)
      value = candidate();
    return value;
  }

  /** The value with one part, somewhere, replaced or removed. */
  private broken(value: unknown, depth: number): unknown {
    if (depth === 0 || typeof value !== 'object' || value === null) return this.wild(2);
    if (Array.isArray(value)) {
      if (value.length === 0) return [this.wild(2)];
      return value.with(this.integer(value.length), this.broken(this.pick(value), depth - 1));
    }
    const entries = Object.entries(value);
    if (entries.length === 0) return this.wild(2);
    const [name, part] = this.pick(entries);
    const rest = { ...(value as Record<string, unknown>) };
    if (this.integer(5) === 0) delete rest[name];
    else rest[name] = this.broken(part, depth - 1);
    return rest;
  }

  private wild(depth: number): unknown {
    switch (this.integer(depth > 0 ? 12 : 8)) {
      case 0:
        return this.pick([null, undefined, true, Number.NaN, -1, 1e308, 2 ** 53, Number.POSITIVE_INFINITY]);
      case 1:
        return this.integer(2 ** 32);
      case 2:
        return this.text();
      case 3:
        return this.integer(50) === 0 ? 'y'.repeat(1_000_000) : '';
      case 4:
        return this.integer(20) === 0 ? Array.from({ length: 50_000 }, () => null) : [null];
      case 5:
        return JSON.parse(this.pick(PROTOTYPE_KEYS));
      case 6:
        return this.integer(20) === 0 ? deep(500) : {};
      case 7:
        return this.pick(this.ids);
      case 8:
        return Array.from({ length: this.integer(6) }, () => this.wild(depth - 1));
      default:
        return Object.fromEntries(
          Array.from({ length: this.integer(6) }, () => [this.pick(FIELDS), this.wild(depth - 1)]),
        );
    }
  }

  private text(): string {
    return this.integer(3) > 0 ? this.pick(this.ids) : this.pick(TEXTS);
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.integer(from.length)]!;
  }
}

function deep(levels: number): unknown {
  let value: unknown = 'bottom';
  for (let i = 0; i < levels; i += 1) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

/** The parts of Zod's own description of a schema that are used here. */
interface Schema {
  def:
    | { type: 'object'; shape: Record<string, Schema> }
    | { type: 'array'; element: Schema }
    | { type: 'tuple'; items: Schema[] }
    | { type: 'record'; valueType: Schema }
    | { type: 'union'; options: Schema[] }
    | { type: 'optional' | 'nullable' | 'default'; innerType: Schema }
    | { type: 'enum'; entries: Record<string, unknown> }
    | { type: 'literal'; values: unknown[] }
    | { type: 'string' | 'number' | 'boolean' | 'null' };
}

const TEXTS = [
  '',
  'x',
  '\u0000',
  '\ud800',
  '../..',
  '__proto__',
  'constructor',
  'audio/opus',
  'video/VP8',
  'video/rtx',
  'audio/telephone-event',
  'sha-256',
  'AA:BB',
  'urn:ietf:params:rtp-hdrext:sdes:mid',
  'apt',
  'nack',
  'x'.repeat(300),
];
const NUMBERS = [0, 1, 2, 48_000, 90_000, 96, 111, 2 ** 31, 2 ** 32 - 1, -1, 0.5, 1e308];
const FIELDS = ['args', 'mediaNodeId', 'asker', 'transportIds', 'transportId', 'codecs', 'length', 'then', 'toJSON'];
const PROTOTYPE_KEYS = [
  '{"__proto__":{"polluted":1}}',
  '{"constructor":{"prototype":{"polluted":1}}}',
  '{"toString":1}',
];
