import { describe, expect, it } from 'vitest';
import { KeyFrameRequests } from './key-frame-requests.js';

/** The times of the requests within ten seconds when `take` is called every 10 ms. */
function sent(requests: KeyFrameRequests, from: number, to: number, each?: (now: number) => void): number[] {
  const times: number[] = [];
  for (let now = from; now < to; now += 10) {
    each?.(now);
    if (requests.take(now)) times.push(now);
  }
  return times;
}

describe('KeyFrameRequests', () => {
  it('sends the first at once', () => {
    const requests = new KeyFrameRequests();
    expect(requests.take(0)).toBe(false);
    expect(requests.nextAt()).toBe(Number.POSITIVE_INFINITY);
    requests.request();
    expect(requests.take(0)).toBe(true);
    expect(requests.take(0)).toBe(false);
  });

  it('waits half a second between two that were answered', () => {
    const requests = new KeyFrameRequests();
    const times = sent(requests, 0, 2000, () => {
      requests.request();
    });
    expect(times.slice(0, 2)).toEqual([0, 500]);
    const answered = new KeyFrameRequests();
    expect(
      sent(answered, 0, 2000, () => {
        answered.keyFrameCame();
        answered.request();
      }),
    ).toEqual([0, 500, 1000, 1500]);
  });

  it('sends a request for each of a few receivers without a picture after a quarter of a second', () => {
    const requests = new KeyFrameRequests();
    const times = sent(requests, 0, 4000, (now) => {
      requests.keyFrameCame();
      requests.requestFirst(now);
    });
    expect(times.slice(0, 7)).toEqual([0, 250, 500, 750, 1000, 1500, 2000]);
  });

  it('sends no earlier request for a receiver without a picture while a key frame is on its way', () => {
    const requests = new KeyFrameRequests();
    expect(sent(requests, 0, 1400, (now) => void requests.requestFirst(now))).toEqual([0, 500]);
  });

  it('waits for the first receiver that is allowed a key frame', () => {
    const requests = new KeyFrameRequests();
    expect(requests.request(3000)).toBe(true);
    expect(requests.request(4000)).toBe(false);
    expect(requests.nextAt()).toBe(3000);
    expect(requests.request(2000)).toBe(true);
    expect(sent(requests, 0, 2500)).toEqual([2000]);
    expect(requests.isRepeat).toBe(false);
    requests.keyFrameCame();
    expect(requests.request(0)).toBe(true);
  });

  it('repeats until the key frame arrives, then more slowly, and not forever', () => {
    const requests = new KeyFrameRequests();
    requests.request();
    expect(sent(requests, 0, 60_000)).toEqual([0, 500, 1500, 2500, 3500, 4500, 5500, 6500, 7500, 8500]);
    requests.request();
    expect(requests.take(70_000)).toBe(true);
    requests.keyFrameCame();
    expect(requests.take(80_000)).toBe(false);
  });
});
