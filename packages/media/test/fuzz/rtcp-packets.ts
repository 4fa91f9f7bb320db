import fc from 'fast-check';
import { type RtcpPart, writeRtcp } from '../simulation/wire.js';

/**
 * Arrivals of transport-wide numbers: a stretch of them in one direction, some at one instant, some
 * lost, some duplicated.
 */
export interface ArrivalStretch {
  /** The distance of the first number from the last one of the stretch before. */
  jump: number;
  count: number;
  descending: boolean;
  /** Milliseconds from one arrival to the next. */
  spacing: number;
  /** One of this many arrivals shares its instant with the one before; 0: none. */
  equalEvery: number;
  /** One of this many numbers is lost; 0: none. */
  lostEvery: number;
  /** One of this many numbers arrives twice; 0: none. */
  twiceEvery: number;
  /** Whether feedback is due after it. */
  feedback: boolean;
}

const every = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 20 }));

export const arrivalStretches: fc.Arbitrary<ArrivalStretch[]> = fc.array(
  fc.record({
    jump: fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: 700 }) },
      fc.integer({ min: -700, max: 0 }),
      fc.constantFrom(-32_768, -5000, -4096, -513, -512, 4095, 4096, 32_767),
    ),
    count: fc.integer({ min: 1, max: 700 }),
    descending: fc.boolean(),
    spacing: fc.constantFrom(0, 0.01, 0.25, 0.5, 1, 20, 63.75, 64, 200, 8191, 8192),
    equalEvery: every,
    lostEvery: every,
    twiceEvery: every,
    feedback: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
);

/**
 * Replays the stretches: calls `arrive` for each arrival with the time since the one before, and
 * `feedbackIsDue` where feedback is due.
 */
export function walk(
  stretches: readonly ArrivalStretch[],
  first: number,
  arrive: (sequenceNumber: number, passed: number) => void,
  feedbackIsDue: () => void,
): void {
  let last = first;
  let arrivals = 0;
  for (const stretch of stretches) {
    const step = stretch.descending ? -1 : 1;
    // A descending stretch ends at its lowest number, so that the next stretch continues from its
    // highest.
    const from = last + stretch.jump + (stretch.descending ? stretch.count : 1);
    for (let i = 0; i < stretch.count; i++) {
      if (isNth(i, stretch.lostEvery)) continue;
      const passed = isNth(++arrivals, stretch.equalEvery) ? 0 : stretch.spacing;
      arrive((from + step * i) & 0xffff, passed);
      if (isNth(i, stretch.twiceEvery)) arrive((from + step * i) & 0xffff, 0);
    }
    last = stretch.descending ? from : from + stretch.count;
    if (stretch.feedback) feedbackIsDue();
  }
  feedbackIsDue();
}

function isNth(i: number, period: number): boolean {
  return period > 0 && i % period === 0;
}

/**
 * The content of a transport-wide feedback: for each number its arrival in ticks (250 µs) after the
 * reference, or undefined. Throws for an inconsistent one.
 */
export function decodeFeedback({ body }: RtcpPart): { base: number; ticks: (number | undefined)[] } {
  const count = body.getUint16(10);
  const statuses: number[] = [];
  let at = 16;
  for (; statuses.length < count; at += 2) {
    const chunk = body.getUint16(at);
    if (chunk < 0x8000) {
      if ((chunk & 0x1fff) === 0) throw new Error('an empty run');
      for (let i = 0; i < (chunk & 0x1fff); i++) statuses.push(chunk >> 13);
    } else if (chunk & 0x4000) for (let i = 0; i < 7; i++) statuses.push((chunk >> (12 - 2 * i)) & 3);
    else for (let i = 0; i < 14; i++) statuses.push((chunk >> (13 - i)) & 1);
  }
  if (statuses.slice(count).some((status) => status !== 0)) throw new Error('statuses beyond the count');
  let time = ((body.getUint16(12) << 8) | body.getUint8(14)) * 256;
  const ticks = statuses.slice(0, count).map((status) => {
    if (status === 0) return undefined;
    if (status === 3) throw new Error('a reserved status');
    time += status === 1 ? body.getUint8(at) : body.getInt16(at);
    at += status;
    return time;
  });
  if (at !== body.byteLength) throw new Error(`${body.byteLength - at} bytes behind the deltas`);
  return { base: body.getUint16(8), ticks };
}

/**
 * Compound packets of an attacker: every kind of packet about existing SSRCs, with false lengths
 * and counts.
 */
export function compoundPackets(ssrcs: readonly number[]): fc.Arbitrary<Uint8Array> {
  const ssrc = fc.constantFrom(0, 1, 0xffffffff, ...ssrcs);
  const word = fc.oneof(
    fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff),
    fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  );
  const words = (max: number) => fc.array(word, { maxLength: max });
  const block = fc.tuple(ssrc, word, word, word, word, word);
  const report = (type: number, fixed: number) =>
    fc
      .tuple(ssrc, fc.array(word, { minLength: fixed, maxLength: fixed }), fc.array(block, { maxLength: 31 }), words(3))
      .map(([sender, own, blocks, rest]) =>
        writeRtcp(type, blocks.length, [sender, ...own, ...blocks.flat(), ...rest]),
      );
  const about = (type: number, format: number, rest: fc.Arbitrary<number[]>) =>
    fc.tuple(ssrc, ssrc, rest).map(([sender, media, tail]) => writeRtcp(type, format, [sender, media, ...tail]));
  const item = fc.tuple(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 1, 0xffff, 0x8000, 0x5555));
  const nackItems = fc.oneof(
    fc.array(item, { maxLength: 64 }).map((items) => items.map(([id, mask]) => id * 65_536 + mask)),
    // A descending ladder that requests every number again and again.
    item.map(([id]) => Array.from({ length: 64 }, (_, i) => ((id - i * 17) & 0xffff) * 65_536 + 0xffff)),
  );
  const chunk = fc.oneof(
    fc
      .tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom(0, 1, 7, 0x1fff))
      .map(([status, run]) => (status << 13) | run),
    fc.integer({ min: 0x8000, max: 0xffff }),
  );
  const feedback = fc
    .tuple(
      fc.integer({ min: 0, max: 0xffff }),
      fc.constantFrom(0, 1, 7, 14, 100, 0xffff),
      word,
      fc.array(chunk, { maxLength: 40 }),
      words(40),
    )
    .map(([base, count, reference, chunks, deltas]) => {
      const pairs = [];
      for (let i = 0; i < chunks.length; i += 2) pairs.push(chunks[i]! * 65_536 + (chunks[i + 1] ?? 0));
      return [base * 65_536 + count, reference, ...pairs, ...deltas];
    });
  const remb = fc.tuple(word, ssrc).map(([rate, media]) => [0x52454d42, rate, media]);
  const packet = fc.oneof(
    report(200, 5),
    report(201, 0),
    about(205, 1, nackItems),
    about(205, 15, feedback),
    about(206, 1, words(2)),
    about(
      206,
      4,
      fc.array(fc.tuple(ssrc, word), { maxLength: 8 }).map((items) => items.flat()),
    ),
    about(206, 15, remb),
    fc
      .tuple(
        fc.constantFrom(192, 202, 203, 204, 205, 206, 207, 208, 223),
        fc.integer({ min: 0, max: 31 }),
        fc.array(ssrc, { maxLength: 8 }),
      )
      .map(([type, count, list]) => writeRtcp(type, count, list)),
  );
  const lie = fc.oneof(
    { weight: 5, arbitrary: fc.constant(undefined) },
    fc.record({ at: fc.nat(2000), byte: fc.integer({ min: 0, max: 255 }) }),
  );
  return fc
    .tuple(
      fc.array(packet, { minLength: 1, maxLength: 5 }),
      lie,
      fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(40)),
    )
    .map(([packets, change, cut]) => {
      const bytes = Uint8Array.from(packets.flatMap((part) => [...part]));
      // Headers above all: version, padding, count, type, length.
      if (change) bytes[change.at % Math.min(bytes.length, 4 + (change.at % 60))] = change.byte;
      return bytes.slice(0, Math.max(1, bytes.length - cut));
    });
}
