import { describe, expect, it } from 'vitest';
import { parseRtcp, type RtcpSink } from './parse.js';
import { RtcpWriter } from './writer.js';

/** All calls of the sink, as `name(arguments)`. */
function parsed(write: (writer: RtcpWriter) => void): { calls: string[]; refusal: string | undefined } {
  const writer = new RtcpWriter(new Uint8Array(2000));
  write(writer);
  const calls: string[] = [];
  const sink = new Proxy(
    {},
    {
      get:
        (_, name) =>
        (...rest: number[]) =>
          calls.push(`${String(name)}(${rest})`),
    },
  );
  return { calls, refusal: parseRtcp(writer.bytes, 0, writer.at, sink as RtcpSink) };
}

describe('RTCP', () => {
  it('reads what it writes, in one compound packet', () => {
    const sequences = Float64Array.of(65_530, 65_531, 65_547, 65_548);
    const { calls, refusal } = parsed((writer) => {
      writer.senderReport(7, 1, 2, -3, 4, 5);
      writer.beginReceiverReport(8);
      writer.reportBlock(9, 25, -2, 1000, 3, 4, 5);
      writer.reportBlock(10, 0, 0x7fffffff, 1, 2, 0xffffffff, 6);
      writer.endReport();
      writer.canonicalName(7, 'alice');
      writer.pictureLoss(1, 11);
      writer.fullIntra(1, 12, 3);
      expect(writer.nack(1, 13, sequences, 0, 4, 100)).toBe(4);
    });
    expect(refusal).toBeUndefined();
    expect(calls).toEqual([
      'senderReport(7,1,2,-3)',
      'reportBlock(9,25,-2,1000,4,5)',
      `reportBlock(10,0,${0x7fffff},1,${0xffffffff},6)`,
      'keyFrameRequest(11)',
      'keyFrameRequest(12)',
      'nack(13,65530,1)',
      'nack(13,11,1)',
    ]);
  });

  it('reads REMB', () => {
    const { calls } = parsed((writer) => {
      writer.begin(15, 206);
      for (const word of [1, 0, 0x52454d42, (1 << 24) | (3 << 18) | 125_000, 11]) writer.put32(word);
      writer.end();
    });
    expect(calls).toEqual(['maximumBitrate(1000000)']);
  });

  it('ends CNAME chunks on a word with at least one zero', () => {
    for (const name of ['', 'a', 'ab', 'abc', 'abcd', 'x'.repeat(300)]) {
      const writer = new RtcpWriter(new Uint8Array(2000));
      writer.canonicalName(7, name);
      expect(writer.at % 4).toBe(0);
      expect(writer.bytes[writer.at - 1]).toBe(0);
      expect((writer.bytes[2]! << 8) | writer.bytes[3]!).toBe(writer.at / 4 - 1);
    }
  });

  it.each([
    ['too-short', [0x80, 200]],
    ['bad-version', [0x40, 200, 0, 0]],
    ['bad-length', [0x80, 200, 0, 5, 0, 0, 0, 0]],
    ['bad-padding', [0xa0, 203, 0, 1, 0, 0, 0, 9]],
    ['bad-body', [0x80, 200, 0, 1, 0, 0, 0, 0]],
    ['bad-body', [0x81, 201, 0, 1, 0, 0, 0, 0]],
  ])('refuses with %s', (refusal, bytes) => {
    const nothing = new Proxy({}, { get: () => () => expect.unreachable() });
    expect(parseRtcp(Uint8Array.from(bytes), 0, bytes.length, nothing as RtcpSink)).toBe(refusal);
  });

  it('reports the packets before a malformed part', () => {
    const { calls, refusal } = parsed((writer) => {
      writer.pictureLoss(1, 11);
      writer.put32(0);
    });
    expect(calls).toEqual(['keyFrameRequest(11)']);
    expect(refusal).toBe('bad-version');
  });
});
