import { describe, expect, it } from 'vitest';
import { Answering, type AnsweringConnection } from './answering.js';

const OFFER = [
  ...['v=0', 'o=- 1 1 IN IP4 0.0.0.0', 's=-', 't=0 0', 'a=group:BUNDLE 0 1'],
  ...['m=audio 7 UDP/TLS/RTP/SAVPF 111', 'a=rtpmap:111 opus/48000/2', 'a=fmtp:111 useinbandfec=1', 'a=mid:0'],
  ...['m=video 7 UDP/TLS/RTP/SAVPF 96', 'a=rtpmap:96 VP8/90000', 'a=mid:1', ''],
].join('\r\n');
const offer = (sdp = OFFER) => ({ type: 'offer', sdp }) as const;
const OWN = { type: 'answer', sdp: 'own' } as const;

/** A connection that records the calls, and fails where it has to. */
function connection({ isFirst = false, fails = '' } = {}) {
  const calls: unknown[] = [];
  const called = (name: string) => async (argument?: RTCSessionDescriptionInit) => {
    calls.push(argument === undefined ? name : `${name} ${argument.type}`);
    if (fails === name) throw new Error(`${name} failed`);
    return OWN;
  };
  const of = {
    currentLocalDescription: isFirst ? null : { sdp: 'before' },
    setRemoteDescription: called('remote') as unknown as AnsweringConnection['setRemoteDescription'],
    createAnswer: called('create') as AnsweringConnection['createAnswer'],
    setLocalDescription: called('local') as unknown as AnsweringConnection['setLocalDescription'],
  };
  return { of, calls };
}

async function negotiate(of: AnsweringConnection, sdp?: string) {
  await of.setRemoteDescription(offer(sdp));
  const answer = await of.createAnswer();
  await of.setLocalDescription(answer);
  return answer;
}

describe('answers', () => {
  it('are created by the browser itself, while the page gets the media sections of the offer', async () => {
    const { of, calls } = connection();
    new Answering(of, true);
    const { sdp } = await negotiate(of);
    expect(calls).toEqual(['remote offer', 'local']);
    const sections = ['m=audio 7 UDP/TLS/RTP/SAVPF 111', 'a=mid:0', 'm=video 7 UDP/TLS/RTP/SAVPF 96', 'a=mid:1'];
    expect(sdp!.split('\r\n').slice(4, -1)).toEqual(sections);
  });

  it.each([
    ['the first one, of which the fingerprint is read', { isFirst: true }, true, OFFER],
    ['in other browsers', {}, false, OFFER],
    ['with stereo sound', {}, true, OFFER.replace('useinbandfec=1', 'useinbandfec=1;sprop-stereo=1')],
  ])('are created for the page: %s', async (_, at, isImplicit, sdp) => {
    const { of, calls } = connection(at);
    new Answering(of, isImplicit);
    expect(await negotiate(of, sdp)).toBe(OWN);
    expect(calls).toEqual(['remote offer', 'create', 'local answer']);
  });
});

describe('a pending answer', () => {
  it('lasts from the offer until it is set; acts wait for its end', async () => {
    const { of } = connection();
    const answering = new Answering(of, true);
    const acts: string[] = [];
    answering.afterwards(() => acts.push('before'));
    const offered = of.setRemoteDescription(offer());
    expect(answering.isPending).toBe(true);
    answering.afterwards(() => acts.push('meanwhile'));
    await offered;
    const answer = await of.createAnswer();
    expect([answering.isPending, acts]).toEqual([true, ['before']]);
    await of.setLocalDescription(answer);
    expect([answering.isPending, acts]).toEqual([false, ['before', 'meanwhile']]);
  });

  it.each(['remote', 'create', 'local'])('ends with a failure, too: %s', async (fails) => {
    const { of } = connection({ fails, isFirst: true });
    const answering = new Answering(of, true);
    const negotiation = negotiate(of);
    const acts: string[] = [];
    answering.afterwards(() => acts.push('meanwhile'));
    await expect(negotiation).rejects.toThrow(`${fails} failed`);
    expect([answering.isPending, acts]).toEqual([false, ['meanwhile']]);
  });
});
