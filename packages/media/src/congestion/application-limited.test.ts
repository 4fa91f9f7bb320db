import { describe, expect, it } from 'vitest';
import { ApplicationLimited } from './application-limited.js';

/** Sends this share of a target of a megabit per second, 125 bytes a millisecond. */
function send(limited: ApplicationLimited, share: number, from: number, to: number): boolean {
  let answer = false;
  for (let now = from; now < to; now += 10) {
    limited.sent(1250 * share);
    answer = limited.state({ target: 1e6 }, now);
  }
  return answer;
}

describe('ApplicationLimited', () => {
  it('is an application that sends less than two thirds of the target for half a second', () => {
    const limited = new ApplicationLimited(0);
    expect(send(limited, 1, 0, 2000)).toBe(false);
    expect(send(limited, 0.2, 2000, 2400)).toBe(false);
    expect(send(limited, 0.2, 2400, 5000)).toBe(true);
    expect(send(limited, 1, 5000, 8000)).toBe(false);
  });

  it('needs time alone: an application that sends nothing becomes limited, and remains so', () => {
    const limited = new ApplicationLimited(0);
    send(limited, 1, 0, 2000);
    expect(limited.state({ target: 1e6 }, 10_000)).toBe(true);
    expect(limited.state({ target: 1e6 }, 1_000_000)).toBe(true);
  });
});
