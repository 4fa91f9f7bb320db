import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../test/virtual-clock.js';
import { Inbox } from './inbox.js';
import { MESSAGE_LIFE, Signatures } from './signatures.js';

const clock = new VirtualClock(1_800_000_000_000);
const of = (member: string, secret = 'shared') => new Signatures(secret, member, clock);

describe('a signed message', () => {
  it('is opened by every member, once by each listener', () => {
    const [one, two] = [of('one'), of('two')];
    const text = one.seal('channel', '{"a":"b c"}');
    const inboxes = [two.inbox('channel'), two.inbox('channel'), one.inbox('channel')];
    for (const inbox of inboxes) expect(inbox.open(text)).toEqual({ payload: '{"a":"b c"}' });
    for (const inbox of inboxes) expect(inbox.open(text)).toEqual({ fault: 'replayed' });
  });

  it('is not opened with any character changed, removed or added', () => {
    const two = of('two');
    const text = of('one').seal('channel', '{"a":1}');
    for (let at = 0; at < text.length; at += 1) {
      const changed = text[at] === 'A' ? 'B' : 'A';
      for (const other of [changed, '', `${text[at]}${text[at]}`, `${text[at]} `]) {
        const broken = text.slice(0, at) + other + text.slice(at + 1);
        expect(two.inbox('channel').open(broken), broken).toHaveProperty('fault');
      }
    }
    expect(two.inbox('channel').open(text)).toHaveProperty('payload');
  });

  it('is not opened on another channel, with another secret, or as a record', () => {
    const text = of('one').seal('{requests:a}', 'x');
    expect(of('two').inbox('{requests:b}').open(text)).toEqual({ fault: 'forged' });
    expect(of('two', 'another').inbox('{requests:a}').open(text)).toEqual({ fault: 'forged' });
    expect(of('two').openRecord('{requests:a}', text)).toEqual({ fault: 'forged' });
    for (const unsigned of ['', 'x', '{"id":"1"}', 'w1', 'w1 ', ' '.repeat(9), 'w1 a 1 1 b', `w1 ${'x'.repeat(1e6)}`]) {
      expect(of('two').inbox('channel').open(unsigned)).toEqual({ fault: 'unsigned' });
    }
  });

  it('is too late, or too early, beyond its life', () => {
    const inbox = of('two').inbox('channel');
    for (const [difference, opened] of [
      [MESSAGE_LIFE, true],
      [MESSAGE_LIFE + 1, false],
      [-MESSAGE_LIFE, true],
      [-MESSAGE_LIFE - 1, false],
    ] as const) {
      const sender = new Signatures('shared', `${difference}`, new VirtualClock(clock.date() - difference));
      expect(inbox.open(sender.seal('channel', 'x'))).toEqual(opened ? { payload: 'x' } : { fault: 'late' });
    }
  });

  it('may overtake a few others of its sender, and each is still received once', () => {
    const sender = of('one');
    const inbox = of('two').inbox('channel');
    const texts = Array.from({ length: 200 }, (_, n) => sender.seal('channel', `${n}`));
    const open = (n: number) => 'payload' in inbox.open(texts[n]!);
    expect([2, 0, 1, 60, 59, 3].map(open)).toEqual([true, true, true, true, true, true]);
    expect([0, 1, 2, 3, 59, 60].map(open)).toEqual([false, false, false, false, false, false]);
    for (let n = 70; n < 200; n += 1) expect(open(n)).toBe(true);
    // Far behind, it is unknown whether it was received.
    expect(open(61)).toBe(false);
    expect(open(199)).toBe(false);
  });

  it('of thousands of ended senders costs no memory permanently', () => {
    const inbox = new Inbox();
    for (let n = 0; n < 10_000; n += 1)
      expect(inbox.take(`sender-${n}`, 1, n * 1000, n * 1000 - MESSAGE_LIFE)).toBe(true);
    expect(inbox.senders).toBeLessThanOrEqual(64);
  });
});

describe('a signed record', () => {
  it('is opened after any time by every member, of its stream only', async () => {
    const text = of('one').sealRecord('stream', '{"n":1}');
    await clock.advance(10 * 24 * 3600 * 1000);
    expect(of('two').openRecord('stream', text)).toEqual({ payload: '{"n":1}' });
    expect(of('two').openRecord('another', text)).toEqual({ fault: 'forged' });
    expect(of('two').openRecord('stream', text.replace('{"n":1}', '{"n":2}'))).toEqual({ fault: 'forged' });
    expect(of('two').openRecord('stream', '{"n":1}')).toEqual({ fault: 'unsigned' });
  });
});
