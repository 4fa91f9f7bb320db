import type { RtpCapabilities, RtpParameters, Source, TransportParameters } from '@waterbus/protocol';
import { Device, FakeHandler, testFakeParameters } from 'mediasoup-client';
import { Chrome111 } from 'mediasoup-client/handlers/Chrome111';
import { Firefox120 } from 'mediasoup-client/handlers/Firefox120';
import { Safari12 } from 'mediasoup-client/handlers/Safari12';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { unreachable } from '../failures.js';
import type { SendTransportOptions } from './device.js';
import { mediasoupDevice } from './mediasoup-device.js';

/** mediasoup-client itself, on its handler that needs no browser. */
async function loaded() {
  const device = mediasoupDevice(new Device({ handlerFactory: FakeHandler.createFactory(testFakeParameters) }));
  await device.load(testFakeParameters.generateRouterRtpCapabilities() as RtpCapabilities);
  return device;
}

function options() {
  const remote = testFakeParameters.generateTransportRemoteParameters();
  // A handler of a real browser writes the role.
  const { id, iceParameters, iceCandidates, dtlsParameters } = structuredClone(remote);
  return {
    parameters: { id, iceParameters, iceCandidates, dtlsParameters } as TransportParameters,
    iceServers: [],
    connect: vi.fn(async () => {}),
    withdraw: vi.fn(),
    onState: vi.fn(),
  };
}

/** A track that mediasoup-client accepts. */
function track(kind: 'audio' | 'video') {
  const target = new EventTarget() as EventTarget & Record<string, unknown>;
  return Object.assign(target, {
    id: `${kind}-track`,
    kind,
    readyState: 'live',
    enabled: true,
    contentHint: '',
    getSettings: () => (kind === 'video' ? { width: 1280, height: 720 } : {}),
    stop: vi.fn(),
  }) as unknown as MediaStreamTrack;
}

/** A server's offer of a participant's stream. */
function remoteStream(codecMimeType: string, source: Source = 'microphone') {
  const remote = testFakeParameters.generateConsumerRemoteParameters({ codecMimeType });
  return {
    id: remote.id!,
    producerId: remote.producerId!,
    participantId: 'ada',
    source,
    kind: remote.kind!,
    rtpParameters: remote.rtpParameters as RtpParameters,
  };
}

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('mediasoup-client behind the device interface', () => {
  it('knows its receiving capabilities before it is loaded, and queries the browser once for each direction', async () => {
    const factory = FakeHandler.createFactory(testFakeParameters);
    const ask = vi.spyOn(factory, 'getNativeRtpCapabilities');
    const device = mediasoupDevice(new Device({ handlerFactory: factory }));
    const own = await device.ownCapabilities();
    expect(own).toMatchObject(testFakeParameters.generateNativeRtpCapabilities());
    await device.load(testFakeParameters.generateRouterRtpCapabilities() as RtpCapabilities);
    await device.ownCapabilities();
    expect(ask.mock.calls.map(([{ direction }]) => direction).toSorted()).toEqual(['recvonly', 'sendonly']);
  });

  it('queries the browser again after a failure', async () => {
    const factory = FakeHandler.createFactory(testFakeParameters);
    vi.spyOn(factory, 'getNativeRtpCapabilities').mockRejectedValueOnce(new Error('busy'));
    vi.spyOn(factory, 'getNativeRtpCapabilities').mockRejectedValueOnce(new Error('busy'));
    const device = mediasoupDevice(new Device({ handlerFactory: factory }));
    expect(await device.ownCapabilities()).toBeUndefined();
    expect(await device.ownCapabilities()).toBeDefined();
  });

  it('announces two streams at the same time, without waiting for the first answer', async () => {
    const device = await loaded();
    const answers: ((id: string) => void)[] = [];
    const produce = vi.fn(() => new Promise<string>((resolve) => answers.push(resolve)));
    const transport = device.openSend({ ...options(), produce });
    const sending = Promise.all([
      transport.send({ track: track('audio'), source: 'microphone', muted: false }),
      transport.send({ track: track('video'), source: 'camera', muted: true }),
    ]);
    await vi.waitFor(() => expect(produce).toHaveBeenCalledTimes(2));
    expect(produce).toHaveBeenCalledWith(
      expect.objectContaining({ source: 'microphone', kind: 'audio', paused: false }),
    );
    expect(produce).toHaveBeenCalledWith(expect.objectContaining({ source: 'camera', kind: 'video', paused: true }));
    answers[1]!('second');
    answers[0]!('first');
    expect((await sending).map(({ producerId }) => producerId)).toEqual(['first', 'second']);
    transport.close();
  });

  it('announces a camera in three sizes, and a screen in one that favours detail', async () => {
    const device = await loaded();
    const produce = vi.fn<SendTransportOptions['produce']>(async ({ source }) => source);
    const transport = device.openSend({ ...options(), produce });
    const screen = track('video');
    await Promise.all([
      transport.send({ track: track('video'), source: 'camera', muted: false }),
      transport.send({ track: screen, source: 'screen', muted: false }),
    ]);
    const encodings = Object.fromEntries(
      produce.mock.calls.map(([{ source, rtpParameters }]) => [source, rtpParameters.encodings!]),
    );
    expect(encodings.camera!.map(({ scaleResolutionDownBy }) => scaleResolutionDownBy)).toEqual([4, 2, 1]);
    expect(encodings.screen).toHaveLength(1);
    expect(screen.contentHint).toBe('detail');
    const film = Object.assign(track('video'), { contentHint: 'motion' });
    await transport.send({ track: film, source: 'screen', muted: false });
    expect(film.contentHint).toBe('motion');
    transport.close();
  });

  it.each([
    ['Chrome111', 'vp9', 'video/VP9', ['L3T3_KEY']],
    ['Firefox120', 'vp9', 'video/VP8', ['L1T3', 'L1T3', 'L1T3']],
    ['Firefox120', 'h264', 'video/H264', ['L1T3', 'L1T3', 'L1T3']],
    ['Chrome111', 'av1', 'video/VP8', ['L1T3', 'L1T3', 'L1T3']],
  ] as const)('as %s sends a camera that is wanted in %s as %s', async (name, wanted, mimeType, modes) => {
    const vp9 = { kind: 'video' as const, mimeType: 'video/VP9', clockRate: 90_000, parameters: { 'profile-id': 0 } };
    const h264 = {
      ...vp9,
      mimeType: 'video/H264',
      parameters: { 'packetization-mode': 1, 'profile-level-id': '42e01f' },
    };
    const vp8 = { ...vp9, mimeType: 'video/VP8', parameters: {} };
    const codecs = [vp8, vp9, h264].map((codec, i) => ({ ...codec, preferredPayloadType: 100 + i, rtcpFeedback: [] }));
    const native = { codecs, headerExtensions: [] };
    const factory = FakeHandler.createFactory({ ...testFakeParameters, generateNativeRtpCapabilities: () => native });
    const device = mediasoupDevice(new Device({ handlerFactory: { ...factory, name } }));
    await device.load(native);
    const produce = vi.fn<SendTransportOptions['produce']>(async ({ source }) => source);
    const transport = device.openSend({ ...options(), produce });
    const sender = await transport.send({ track: track('video'), source: 'camera', muted: false, codec: wanted });
    const [{ rtpParameters }] = produce.mock.calls[0]!;
    expect(rtpParameters.codecs[0]!.mimeType).toBe(mimeType);
    expect(rtpParameters.encodings!.map(({ scalabilityMode }) => scalabilityMode)).toEqual(modes);
    expect(`video/${sender.codec}`).toBe(mimeType.toLowerCase());
    transport.close();
  });

  it('announces a microphone without waiting for a camera that fails', async () => {
    // No event occurs only because time has passed.
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const device = await loaded();
    const produce = vi.fn(async () => 'microphone-1');
    const transport = device.openSend({ ...options(), produce });
    const microphone = transport.send({ track: track('audio'), source: 'microphone', muted: false });
    const camera = track('video');
    const sending = transport.send({ track: camera, source: 'camera', muted: false });
    Object.assign(camera, { readyState: 'ended' });
    const late = transport.send({ track: camera, source: 'camera', muted: false });
    await expect(late).rejects.toThrow('track ended');
    await sending;
    expect((await microphone).producerId).toBe('microphone-1');
    expect(produce).toHaveBeenCalledTimes(2);
    transport.close();
  });

  it('rejects with the server’s refusal and does not stop the track', async () => {
    const device = await loaded();
    const refusal = unreachable('no');
    const transport = device.openSend({ ...options(), produce: async () => Promise.reject(refusal) });
    const microphone = track('audio');
    await expect(transport.send({ track: microphone, source: 'microphone', muted: false })).rejects.toBe(refusal);
    transport.close();
    expect(microphone.stop).not.toHaveBeenCalled();
    expect(microphone.enabled).toBe(true);
    expect(transport.state).toBe('closed');
  });

  it('negotiates a camera and a microphone together, and no other stream', async () => {
    const receive = vi.spyOn(FakeHandler.prototype, 'receive');
    const device = await loaded();
    const transport = device.openReceive(options());
    const streams = [remoteStream('audio/opus'), remoteStream('video/VP8')];
    const receivers = await Promise.all(streams.map((stream) => transport.receive(stream)));
    expect(receivers.map(({ track }) => track.kind)).toEqual(['audio', 'video']);
    // Further negotiations would happen in the same task.
    expect(receive).toHaveBeenCalledTimes(1);
    transport.close();
  });

  it('plays a voice in sync with its picture, and a screen with its sound, apart from the voice', async () => {
    const receive = vi.spyOn(FakeHandler.prototype, 'receive');
    const device = await loaded();
    const transport = device.openReceive(options());
    const streams = [
      remoteStream('audio/opus', 'microphone'),
      remoteStream('video/VP8', 'camera'),
      remoteStream('video/VP8', 'screen'),
      remoteStream('audio/opus', 'screen-audio'),
      { ...remoteStream('audio/opus', 'microphone'), participantId: 'ben' },
    ];
    await Promise.all(streams.map((stream) => transport.receive(stream)));
    const groups = receive.mock.calls.flatMap(([received]) => received.map(({ streamId }) => streamId));
    expect(groups).toEqual(['ada.person', 'ada.person', 'ada.screen', 'ada.screen', 'ben.person']);
    transport.close();
  });

  it('withdraws an announced stream when the DTLS parameters cannot be sent to the server', async () => {
    const device = await loaded();
    const refusal = unreachable('no');
    const { withdraw, ...rest } = options();
    let answer = (_id: string) => {};
    const produce = () =>
      new Promise<string>((resolve) => {
        answer = resolve;
      });
    const transport = device.openSend({ ...rest, withdraw, produce, connect: () => Promise.reject(refusal) });
    await expect(transport.send({ track: track('audio'), source: 'microphone', muted: false })).rejects.toBe(refusal);
    answer('microphone-1');
    await vi.waitFor(() => expect(withdraw).toHaveBeenCalledWith('microphone-1'));
    transport.close();
  });

  it('negotiates before the server has the DTLS parameters, and fails when they cannot be sent', async () => {
    const receive = vi.spyOn(FakeHandler.prototype, 'receive');
    const device = await loaded();
    const { connect, ...rest } = options();
    let refuse = (_error: unknown) => {};
    connect.mockImplementationOnce(
      () =>
        new Promise((_, reject) => {
          refuse = reject;
        }),
    );
    const transport = device.openReceive({ ...rest, connect });
    const stream = remoteStream('video/VP8');
    const first = transport.receive(stream);
    await vi.waitFor(() => expect(connect).toHaveBeenCalled());
    // Negotiated, although the server has not answered.
    await receive.mock.results.at(-1)!.value;
    const refusal = unreachable('no');
    refuse(refusal);
    await expect(first).rejects.toBe(refusal);
    // The next one sends them again.
    expect((await transport.receive(stream)).track.kind).toBe('video');
    expect(connect).toHaveBeenCalledTimes(2);
    transport.close();
  });

  it('connects once, and rejects pending calls when the transport is closed', async () => {
    const device = await loaded();
    const { connect, ...rest } = options();
    const transport = device.openReceive({ ...rest, connect });
    const stream = remoteStream('audio/opus');
    const receiver = await transport.receive(stream);
    expect(receiver.track.kind).toBe('audio');
    expect(connect).toHaveBeenCalledTimes(1);
    const waiting = transport.receive({ ...stream, id: 'another' });
    transport.close();
    await expect(waiting).rejects.toBeInstanceOf(Error);
  });
});

describe('a connection that receives', () => {
  afterEach(() => void vi.unstubAllGlobals());

  it.each([
    ['Chrome111', ['create', 'local answer', 'local', 'local']],
    ['Safari12', ['create', 'local answer', 'create', 'local answer', 'create', 'local answer']],
  ] as const)('as %s answers the first offer for the page: %j', async (name, expected) => {
    const calls: string[] = [];
    class Connection extends EventTarget {
      currentLocalDescription: object | null = null;
      #offer = '';
      async setRemoteDescription({ sdp }: { sdp: string }) {
        this.#offer = sdp;
      }
      async createAnswer() {
        calls.push('create');
        const fingerprint = `a=fingerprint:sha-256 ${Array(32).fill('00').join(':')}\r\n`;
        return { type: 'answer', sdp: this.#offer.replace(/a=fingerprint:.*\r\n/, fingerprint) };
      }
      async setLocalDescription(description?: { type: string }) {
        calls.push(description ? `local ${description.type}` : 'local');
        this.currentLocalDescription = {};
      }
      getTransceivers() {
        const mids = [...this.#offer.matchAll(/^a=mid:(.*)\r$/gm)];
        return mids.map(([, mid]) => ({ mid, receiver: { track: track('video') } }));
      }
      close() {}
    }
    vi.stubGlobal('RTCPeerConnection', Connection);
    vi.stubGlobal('MediaStream', class {});
    const fake = FakeHandler.createFactory(testFakeParameters);
    const { factory } = { Chrome111, Safari12 }[name].createFactory();
    const device = mediasoupDevice(new Device({ handlerFactory: { ...fake, name, factory } }));
    await device.load(testFakeParameters.generateRouterRtpCapabilities() as RtpCapabilities);
    const transport = device.openReceive(options());
    await transport.receive(remoteStream('video/VP8', 'camera'));
    const second = await transport.receive(remoteStream('video/VP8', 'camera'));
    expect(transport.isNegotiating).toBe(false);
    second.close();
    await vi.waitFor(() => expect(calls).toEqual(expected));
    transport.close();
  });
});

describe('the own ICE credentials', () => {
  afterEach(() => void vi.unstubAllGlobals());

  it.each([Chrome111, Firefox120, Safari12])('are read from the peer connection of a browser', async (handler) => {
    class Connection extends EventTarget {
      localDescription = { sdp: 'a=ice-ufrag:mine\r\na=ice-pwd:secret\r\n' };
      setRemoteDescription() {}
      createAnswer() {}
      setLocalDescription() {}
      close() {}
    }
    vi.stubGlobal('RTCPeerConnection', Connection);
    vi.stubGlobal('MediaStream', class {});
    const fake = FakeHandler.createFactory(testFakeParameters);
    const device = mediasoupDevice(
      new Device({ handlerFactory: { ...fake, factory: handler.createFactory().factory } }),
    );
    await device.load(testFakeParameters.generateRouterRtpCapabilities() as RtpCapabilities);
    const transport = device.openReceive(options());
    expect(transport.iceParameters).toEqual({ usernameFragment: 'mine', password: 'secret', iceLite: false });
    transport.close();
  });

  it('are unknown without one', async () => {
    const transport = (await loaded()).openReceive(options());
    expect(transport.iceParameters).toBeUndefined();
    transport.close();
  });
});
