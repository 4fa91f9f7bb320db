import { RtpHeader } from '@waterbus/media';
import { describe, expect, it } from 'vitest';
import { StreamReception } from './stream-reception.js';

const SSRC = 0x1234;

/** A stream of 20 ms, with packets by number; the clock is the test's. */
function stream(kind: 'audio' | 'video' = 'video') {
  const reception = new StreamReception(kind, SSRC);
  const header = new RtpHeader();
  return {
    reception,
    arrive: (sequenceNumber: number, at: number, isRetransmission = false) => {
      header.sequenceNumber = sequenceNumber & 0xffff;
      header.timestamp = sequenceNumber * 960;
      header.arrivedAt = at;
      return reception.arrive(header, 100, isRetransmission);
    },
    /** As the tester requests them. */
    request: (at: number) => reception.missing.collect(at, 50),
  };
}

describe('a received stream', () => {
  it('without a loss counts each packet once, also over the end of the numbers', () => {
    const { reception, arrive } = stream();
    for (let n = 0; n < 100; n += 1) expect(arrive(65_500 + n, n * 20)).toBe(true);
    expect(arrive(65_599, 2_000)).toBe(false);
    expect(reception).toMatchObject({ packets: 100, bytes: 10_000, lost: 0, lostBeforeRepair: 0, gaps: 0, firstAt: 0 });
  });

  it('counts a retransmitted packet as repaired, and a second copy not at all', () => {
    const { reception, arrive, request } = stream();
    for (const n of [0, 1, 4]) arrive(n, n * 20);
    expect(request(200)).toBe(2);
    expect(arrive(2, 250, true)).toBe(true);
    expect(arrive(2, 260, true)).toBe(false);
    expect(reception).toMatchObject({ packets: 4, repaired: 1, lostBeforeRepair: 2, lost: 1 });
  });

  it('counts a sound packet that is repeated under its number as repaired', () => {
    const { reception, arrive, request } = stream('audio');
    for (const n of [0, 1, 3]) arrive(n, n * 20);
    request(200);
    expect(arrive(2, 220)).toBe(true);
    expect(reception).toMatchObject({ packets: 4, repaired: 1, lostBeforeRepair: 1, lost: 0 });
  });

  it('counts no loss for packets that overtake each other', () => {
    const { reception, arrive } = stream();
    for (const n of [0, 2, 1, 3]) arrive(n, n * 20);
    expect(reception).toMatchObject({ packets: 4, repaired: 0, lostBeforeRepair: 0, lost: 0 });
  });

  it('counts a loss that nobody repaired until the end', () => {
    const { reception, arrive } = stream();
    for (const n of [0, 1, 9]) arrive(n, n * 20);
    expect(reception).toMatchObject({ packets: 3, lostBeforeRepair: 7, lost: 7 });
  });

  it('counts pauses that people notice, but not those that the server intends', () => {
    const { reception, arrive } = stream();
    arrive(0, 0);
    arrive(1, 200);
    expect(reception.gaps).toBe(0);
    arrive(2, 401);
    expect(reception).toMatchObject({ gaps: 1, longestGap: 201 });
    reception.pause();
    arrive(3, 5_000);
    expect(reception).toMatchObject({ gaps: 1, longestGap: 201 });
  });

  it('asks for a key frame when too much is missing', () => {
    const { reception, arrive } = stream();
    arrive(0, 0);
    arrive(1_000, 20);
    expect(reception.missing.gaveUp).toBe(true);
  });
});
