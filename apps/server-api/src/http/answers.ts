import { isDeepStrictEqual } from 'node:util';
import fastJson, { type Schema } from 'fast-json-stringify';
import type { FastifySerializerCompiler } from 'fastify/types/schema.js';
import { serializerCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';

/**
 * Serializes answers by code that is compiled from a route's response schema: it writes the
 * properties of the schema and no others, and validates nothing. `checked`: validates every answer
 * and its serialized text, for tests.
 */
export function answerSerializer(checked: boolean): FastifySerializerCompiler<z.ZodType> {
  const compile: FastifySerializerCompiler<z.ZodType> = ({ schema }) => compiledOnce(schema);
  if (!checked) return compile;
  return (route) => {
    const [serialize, validated] = [compile(route), serializerCompiler(route)];
    return (answer) => {
      const expected = validated(answer);
      const written = serialize(answer);
      if (isDeepStrictEqual(JSON.parse(written), JSON.parse(expected))) return written;
      throw new Error(`${route.method} ${route.url} answers ${written} instead of ${expected}`);
    };
  };
}

/** Many routes have the same schemas: those of problems, of a page, of a meeting. */
function compiledOnce(schema: z.ZodType): (answer: unknown) => string {
  const known = compiled.get(schema) ?? fastJson(jsonSchemaOf(schema), { ajv: { formats: { [UNESCAPED]: true } } });
  compiled.set(schema, known);
  return known;
}

const compiled = new WeakMap<z.ZodType, (answer: unknown) => string>();

/**
 * Of the serialized text, which is JSON already: codecs and transforms have no place in answers.
 */
function jsonSchemaOf(schema: z.ZodType): Schema {
  return z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'output',
    override: ({ zodSchema, jsonSchema }) => {
      if (needsNoEscapes(zodSchema, jsonSchema)) jsonSchema.format = UNESCAPED;
      if (zodSchema._zod.def.type !== 'nullable' || !jsonSchema.anyOf) return;
      // A choice would have each value validated; fast-json-stringify has its own keyword for this
      // one.
      const [inner] = jsonSchema.anyOf;
      delete jsonSchema.anyOf;
      Object.assign(jsonSchema, inner, { nullable: true });
    },
  }) as Schema;
}

/** Names of a fixed set, and moments: fast-json-stringify need not look at each character. */
function needsNoEscapes(schema: z.core.$ZodTypes, { type, enum: names }: z.core.JSONSchema.BaseSchema): boolean {
  if (type !== 'string') return false;
  if (names) return names.every((name) => JSON.stringify(name) === `"${name}"`);
  return schema instanceof z.core.$ZodISODateTime;
}

/** The format by which fast-json-stringify writes a text between quotes as it is. */
const UNESCAPED = 'unsafe';
