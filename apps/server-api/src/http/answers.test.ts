import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { answerSerializer } from './answers.js';

const route = { method: 'GET', url: '/', httpStatus: '200' };

describe('the serializer of answers', () => {
  it('compiles a schema once, for all its routes and statuses', () => {
    const schema = z.object({ code: z.string() });
    const compile = answerSerializer(false);
    const serialize = compile({ ...route, schema });
    expect(compile({ ...route, url: '/other', httpStatus: '201', schema })).toBe(serialize);
    expect(answerSerializer(false)({ ...route, schema })).toBe(serialize);
    expect(compile({ ...route, schema: z.object({ code: z.string() }) })).not.toBe(serialize);
    expect(serialize({ code: 'a"b', secret: 1 })).toBe('{"code":"a\\"b"}');
  });

  it('in tests compares what is written with what the schema answers, for each route', () => {
    const schema = z.object({ at: z.iso.datetime() });
    const checked = answerSerializer(true)({ ...route, schema });
    expect(checked({ at: '2026-01-01T00:00:00Z' })).toBe('{"at":"2026-01-01T00:00:00Z"}');
    expect(() => checked({ at: 'yesterday' })).toThrow();
  });
});
