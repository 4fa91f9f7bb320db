import type { JsonSchema } from './json-schema.js';
import { valuesByName } from './values.js';

/**
 * An example of a body or parameter: each field has the first value of its name that its schema
 * permits, otherwise the schema's default or its first value. Of alternatives the first one that is
 * not null is shown.
 */
export function exampleOf(schema: JsonSchema, name = ''): unknown {
  const known = valuesByName[name]?.find((value) => permits(schema, value));
  if (known !== undefined) return known;
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches) {
    const shown = branches.find(({ type }) => type !== 'null') ?? branches[0];
    return shown && exampleOf(shown, name);
  }
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => exampleOf(part, name)));
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.default !== undefined) return schema.default;
  return ofType(schema, name);
}

function ofType(schema: JsonSchema, name: string): unknown {
  switch (typesOf(schema)[0]) {
    case 'object':
      return objectOf(schema);
    case 'array':
      return schema.items ? Array(schema.minItems || 1).fill(exampleOf(schema.items, name)) : [];
    case 'boolean':
      return false;
    case 'integer':
    case 'number':
      return schema.minimum !== undefined && schema.minimum > 0 ? schema.minimum : (schema.exclusiveMinimum ?? 0) + 1;
    case 'null':
      return null;
    default:
      return valuesByName[`format:${schema.format}`]?.[0] ?? 'text';
  }
}

/** Records of unknown content have none: `values.ts` lists those that matter. */
function objectOf({ properties = {} }: JsonSchema): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, exampleOf(schema, name)]));
}

function typesOf({ type, properties }: JsonSchema): string[] {
  if (type === undefined) return properties ? ['object'] : [];
  return Array.isArray(type) ? type : [type];
}

/** Whether a value of `values.ts` fits; of objects and arrays only the type is compared. */
function permits(schema: JsonSchema, value: unknown): boolean {
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches) return branches.some((branch) => permits(branch, value));
  const types = typesOf(schema);
  if (!types.some((type) => hasType(value, type))) return false;
  if (schema.const !== undefined && schema.const !== value) return false;
  if (schema.enum && !schema.enum.includes(value)) return false;
  if (typeof value === 'number') return isWithin(schema, value);
  if (typeof value !== 'string') return !schema.properties;
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern, format } = schema;
  if (value.length < minLength || value.length > maxLength) return false;
  if (format === 'uri' && !URL.canParse(value)) return false;
  return pattern === undefined || new RegExp(pattern, 'u').test(value);
}

function isWithin(schema: JsonSchema, value: number): boolean {
  const { minimum = value, maximum = value, exclusiveMinimum = Number.NEGATIVE_INFINITY } = schema;
  return value >= minimum && value <= maximum && value > exclusiveMinimum;
}

function hasType(value: unknown, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
