import { CodedError } from '@waterbus/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { OtlpCollector } from '../../test/observability/otlp-collector.js';
import { OtlpTracer } from './otlp-tracer.js';

const PARENT = '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01';

let collector: OtlpCollector;
let tracer: OtlpTracer;
beforeEach(async () => {
  collector = await OtlpCollector.start();
  tracer = new OtlpTracer({ endpoint: `${collector.url}/`, version: '1.2.3', nodeId: 'ws-1' });
});
afterEach(async () => {
  await tracer.close();
  collector.close();
});

async function sent(): Promise<OtlpCollector['spans']> {
  await tracer.close();
  return collector.spans;
}

it('a span continues the trace of a valid parent, and ignores any other text', async () => {
  await tracer.run({ name: 'valid', kind: 'server', root: true, parent: PARENT }, async () => {});
  const forged = ['', 'x'.repeat(10_000), `${PARENT}-01`, PARENT.replace(/-0123456789abcdef-/, '-0000000000000000-')];
  for (const parent of forged) await tracer.run({ name: 'forged', kind: 'server', root: true, parent }, async () => {});
  const [valid, ...others] = await sent();
  expect(valid).toMatchObject({ traceId: PARENT.slice(3, 35), parentSpanId: PARENT.slice(36, 52) });
  expect(others.map(({ parentSpanId }) => parentSpanId ?? '')).toEqual(['', '', '', '']);
});

it('work outside of a trace has no span, and no parent for another process', async () => {
  expect(await tracer.run({ name: 'heartbeat', kind: 'client' }, async () => tracer.current())).toBeUndefined();
  expect(await sent()).toEqual([]);
});

it('a timer that began within a span belongs to no trace after its end', async () => {
  let late: Promise<string | undefined> | undefined;
  await tracer.run({ name: 'join', kind: 'server', root: true }, async () => {
    const renewal = () => tracer.run({ name: 'renewal', kind: 'client' }, async () => tracer.current());
    late = new Promise((resolve) => setTimeout(resolve, 0)).then(renewal);
  });
  expect(await late).toBeUndefined();
  expect((await sent()).map(({ name }) => name)).toEqual(['join']);
});

it('work that was measured elsewhere is below the current span, and without one has no span', async () => {
  tracer.record({ name: 'engine produce' }, { begin: 1_000, end: 1_002.5 });
  await tracer.run({ name: 'worker produce', kind: 'client', root: true }, async () => {
    tracer.record({ name: 'engine produce', attributes: { id: 'one' } }, { begin: 2_000, end: 2_002.5 });
  });
  const [worker, engine, ...others] = (await sent()).toSorted((a, b) => b.name.localeCompare(a.name));
  expect(engine).toMatchObject({ name: 'engine produce', traceId: worker!.traceId, parentSpanId: worker!.spanId });
  expect(engine).toMatchObject({ startTimeUnixNano: '2000000000', endTimeUnixNano: '2002500000' });
  expect(others).toEqual([]);
});

it('a failed span has the code of the error, and no message', async () => {
  const refuse = async () => {
    throw new CodedError('token.used', 'of Ada');
  };
  await expect(tracer.run({ name: 'join', kind: 'server', root: true }, refuse)).rejects.toThrow(CodedError);
  const [span] = await sent();
  expect(span!.attributes).toEqual([{ key: 'error.type', value: { stringValue: 'token.used' } }]);
  expect(collector.bodies.join()).not.toContain('Ada');
});

it('a collector that is away delays nothing but the end, and that for a second at most', async () => {
  collector.close();
  expect(await tracer.run({ name: 'join', kind: 'server', root: true }, async () => 'done')).toBe('done');
  await tracer.close();
});
