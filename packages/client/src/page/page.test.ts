import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallEvents } from '../api/call.js';
import type { LocalPublication, RemoteParticipant, RemotePublication } from '../api/participants.js';
import { Emitter } from '../emitter.js';
import { attach } from './attach.js';
import { listDevices, switchDevice } from './devices.js';
import { playAudio } from './play-audio.js';

const track = (id: string) => ({ id, stop: vi.fn() }) as unknown as MediaStreamTrack;

/** An element that plays once `allowed`, as browsers' autoplay rules have it. */
class FakeElement extends EventTarget {
  static allowed = true;
  static made: FakeElement[] = [];
  srcObject: { tracks: MediaStreamTrack[] } | null = null;
  muted = false;
  playing = false;
  sink = '';
  readonly attributes = new Map<string, string>();

  readonly dataset: Record<string, string> = {};

  constructor() {
    super();
    FakeElement.made.push(this);
  }

  async play(): Promise<void> {
    if (!FakeElement.allowed && !this.muted) throw Object.assign(new Error('not now'), { name: 'NotAllowedError' });
    this.playing = true;
  }

  pause(): void {
    this.playing = false;
  }

  async setSinkId(id: string): Promise<void> {
    this.sink = id;
  }

  remove(): void {}

  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value);
  }
}

beforeEach(() => {
  FakeElement.allowed = true;
  FakeElement.made = [];
  vi.stubGlobal('Audio', FakeElement);
  vi.stubGlobal('HTMLMediaElement', FakeElement);
  vi.stubGlobal(
    'MediaStream',
    class {
      constructor(readonly tracks: MediaStreamTrack[]) {}
    },
  );
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function callWith(...sounds: (MediaStreamTrack | undefined)[]) {
  const events = new Emitter<CallEvents>();
  const publications = sounds.map(
    (of, index) => ({ kind: 'audio', source: index, track: of }) as unknown as { track: MediaStreamTrack | undefined },
  );
  const participants = [{ id: 'ben', publications }] as unknown as RemoteParticipant[];
  return { events, publications, on: events.on.bind(events) as Emitter<CallEvents>['on'], participants };
}
/** What plays, in brackets if it is silent. */
const playing = () =>
  FakeElement.made
    .filter((one) => one.playing)
    .map(({ srcObject, muted }) => (muted ? `(${srcObject?.tracks[0]?.id})` : srcObject?.tracks[0]?.id));
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('playAudio', () => {
  it('plays each track once, drops ended ones, and ends with the call', async () => {
    const call = callWith(track('a'), undefined);
    playAudio(call, { speakerId: 'headset' });
    expect(playing()).toEqual(['a']);
    call.publications[1]!.track = track('b');
    call.events.emit('change');
    call.events.emit('change');
    expect(playing()).toEqual(['a', 'b']);
    expect(FakeElement.made.map(({ sink }) => sink)).toEqual(['headset', 'headset']);
    call.publications[0]!.track = undefined;
    call.events.emit('change');
    expect(playing()).toEqual(['b']);
    call.events.emit('closed', 'left');
    expect(playing()).toEqual([]);
  });

  it('changes to the next track when that one plays, or after a second and a half', async () => {
    vi.useFakeTimers();
    const [call, append] = [callWith(track('a')), vi.fn()];
    const follow = (next: string) => {
      call.publications[0]!.track = track(next);
      call.events.emit('change');
    };
    playAudio(call, { within: { append } as unknown as Element });
    follow('b');
    expect(playing()).toEqual(['a', '(b)']);
    FakeElement.made[1]!.dispatchEvent(new Event('playing'));
    expect(playing()).toEqual(['b']);
    // The one in between never played.
    follow('c');
    follow('d');
    expect(playing()).toEqual(['b', '(d)']);
    await vi.advanceTimersByTimeAsync(1_500);
    expect(playing()).toEqual(['d']);
    expect(append.mock.calls.map(([{ dataset }]) => dataset.soundOf)).toEqual(['ben', 'ben', 'ben', 'ben']);
    // With a change under way the end leaves nothing behind.
    follow('e');
    call.events.emit('closed', 'left');
    await vi.advanceTimersByTimeAsync(1_500);
    expect(playing()).toEqual([]);
  });

  it('reports a refusal when the next track is to be heard', async () => {
    const call = callWith(track('a'));
    const sound = playAudio(call);
    await settled();
    FakeElement.allowed = false;
    call.publications[0]!.track = track('b');
    call.events.emit('change');
    await settled();
    expect(sound.blocked).toBe(false);
    FakeElement.made[1]!.dispatchEvent(new Event('playing'));
    await settled();
    expect(sound.blocked).toBe(true);
  });

  it('reports that the browser refuses sound, until a click starts it', async () => {
    FakeElement.allowed = false;
    const call = callWith(track('a'), track('b'));
    const sound = playAudio(call);
    const reports: boolean[] = [];
    sound.on('audioBlocked', (blocked) => reports.push(blocked));
    await settled();
    expect([sound.blocked, reports]).toEqual([true, [true]]);
    await sound.startAudio();
    expect(reports).toEqual([true]);
    FakeElement.allowed = true;
    await sound.startAudio();
    expect([sound.blocked, reports, playing()]).toEqual([false, [true, false], ['a', 'b']]);
    await sound.setSpeaker('loud');
    expect(FakeElement.made.map(({ sink }) => sink)).toEqual(['loud', 'loud']);
  });
});

it('attach shows the present track, follows its replacement, and reports the element’s size', () => {
  const call = callWith();
  const element = new FakeElement();
  const stopObserving = vi.fn();
  const observe = vi.fn(() => stopObserving);
  const publication = { kind: 'video', track: undefined as MediaStreamTrack | undefined, observe };
  const target = element as unknown as HTMLMediaElement;
  const detach = attach(call, publication as unknown as RemotePublication, target, { priority: 'high' });
  expect(observe).toHaveBeenCalledWith(element, { priority: 'high' });
  expect([element.srcObject, element.muted]).toEqual([null, true]);
  for (const id of ['one', 'two']) {
    publication.track = track(id);
    call.events.emit('change');
    expect(element.srcObject?.tracks[0]?.id).toBe(id);
  }
  detach();
  expect(element.srcObject).toBeNull();
  expect(stopObserving).toHaveBeenCalledOnce();
  publication.track = track('three');
  call.events.emit('change');
  expect(element.srcObject).toBeNull();
});

describe('devices', () => {
  it('are none where the page has no access to them', async () => {
    vi.stubGlobal('navigator', {});
    expect(await listDevices()).toEqual([]);
    await expect(switchDevice({} as LocalPublication, 'x')).rejects.toMatchObject({ code: 'browser.unsupported' });
  });

  it('are switched by a new track; the former one ends only when the new one is published', async () => {
    const [former, next] = [track('former'), track('next')];
    const getUserMedia = vi.fn(async () => ({ getTracks: () => [next] }));
    vi.stubGlobal('navigator', { mediaDevices: { getUserMedia } });
    const replaceTrack = vi.fn(async () => {});
    const publication = { kind: 'video', track: former, replaceTrack } as unknown as LocalPublication;
    replaceTrack.mockRejectedValueOnce(new Error('no'));
    await expect(switchDevice(publication, 'cam')).rejects.toThrow('no');
    expect([former.stop, next.stop].map((stop) => vi.mocked(stop).mock.calls.length)).toEqual([0, 1]);
    expect(await switchDevice(publication, 'cam', { width: 640 })).toBe(next);
    expect(getUserMedia).toHaveBeenLastCalledWith({ video: { width: 640, deviceId: { exact: 'cam' } } });
    expect(former.stop).toHaveBeenCalledOnce();
  });
});
