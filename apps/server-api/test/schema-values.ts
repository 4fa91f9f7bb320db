import fc from 'fast-check';

/** The part of JSON Schema that the OpenAPI document uses. */
export interface JsonSchema {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  pattern?: string;
  format?: string;
}

/** Values that match the schema. `known`: real values by the name of a property. */
export function anyOf(schema: JsonSchema, known: Record<string, string[]> = {}): fc.Arbitrary<unknown> {
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map((choice) => anyOf(choice, known)));
  if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type) => anyOf({ ...schema, type }, known)));
  switch (schema.type) {
    case 'string':
      return anyText(schema);
    case 'integer':
      return fc.integer({ min: bounded(schema.minimum ?? -100), max: bounded(schema.maximum ?? 100) });
    case 'number':
      return fc.double({ min: schema.minimum ?? -100, max: schema.maximum ?? 100, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(anyOf(schema.items ?? {}, known), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 3, 3),
      });
    case 'object':
      return fc.record(
        Object.fromEntries(
          Object.entries(schema.properties ?? {}).map(([name, of]) => {
            const real = known[name];
            return [name, real ? fc.oneof(fc.constantFrom(...real), anyOf(of, known)) : anyOf(of, known)];
          }),
        ),
        { requiredKeys: schema.required ?? [] },
      );
    default:
      return fc.jsonValue();
  }
}

/** JSON texts that match the schema except for one error. */
export function nearly(schema: JsonSchema): fc.Arbitrary<string> {
  const names = Object.keys(schema.properties ?? { nothing: {} });
  const wrongValue = fc.oneof(
    fc.constantFrom<unknown>(null, true, -1, 1e308, '', ' ', '\u0000', '\u202e', 'x'.repeat(5000), [], {}, [[]], {
      a: 1,
    }),
    fc.jsonValue(),
  );
  const bodies = anyOf(schema).map(
    (value) => (typeof value === 'object' ? { ...value } : {}) as Record<string, unknown>,
  );
  return fc.oneof(
    fc
      .tuple(bodies, fc.constantFrom(...names), wrongValue)
      .map(([body, name, value]) => JSON.stringify({ ...body, [name]: value })),
    fc.tuple(bodies, fc.constantFrom(...names)).map(([{ ...body }, name]) => {
      delete body[name];
      return JSON.stringify(body);
    }),
    fc
      .tuple(bodies, fc.constantFrom('unknown', 'constructor', 'toString', ''))
      .map(([body, name]) => JSON.stringify({ ...body, [name]: 1 })),
    bodies.map((body) => JSON.stringify(body).replace('{', '{"__proto__":{"admin":true},').replace(',}', '}')),
    fc.tuple(bodies, fc.nat({ max: 100 })).map(([body, at]) => JSON.stringify(body).slice(0, at)),
    fc.jsonValue().map((value) => JSON.stringify(value)),
  );
}

function anyText({ format, pattern, minLength = 0, maxLength }: JsonSchema): fc.Arbitrary<string> {
  switch (format) {
    case 'uuid':
      return fc.uuid();
    case 'date-time':
      return fc
        .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
        .map((date) => date.toISOString());
    case 'email':
      return fc.stringMatching(/^[a-z]{1,10}@[a-z]{1,10}\.org$/);
    case 'uri':
      return fc.constantFrom(
        'https://example.org/hook',
        'http://127.0.0.1/',
        'http://[::1]:8080/',
        'https://a:b@example.org/',
      );
  }
  // fast-check generates no texts for lookaheads; the one pattern with them is of paths.
  if (pattern?.includes('(?!')) return fc.constantFrom('/', '/meetings', '/abc-defg-hjk?x=y');
  if (pattern) return fc.stringMatching(new RegExp(pattern, 'u'));
  return fc.string({ minLength, maxLength: Math.min(maxLength ?? 40, Math.max(minLength, 40)) });
}

function bounded(value: number): number {
  return Math.max(-0x80000000, Math.min(0x7fffffff, value));
}
