import { isDeepStrictEqual } from 'node:util';
import type { Control, RtpParameters, TransportParameters } from '@waterbus/media';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MediaNodeError } from '../media-node.js';
import { engineCalls } from '../worker/engine-calls.js';
import { ForwardingReport } from '../worker/forwarding-report.js';
import { Shell } from '../worker/shell.js';
import { answerCall, type CallOutcome } from './answer-call.js';
import {
  type MediaCallArguments,
  type MediaCallName,
  mediaCallNames,
  mediaCalls,
  type PipeCalls,
} from './media-calls.js';
import { RemoteCalls } from './remote-calls.js';

class RecordingClient extends RemoteCalls {
  readonly sent: [name: string, args: unknown[]][] = [];
  outcome: CallOutcome = { ok: true, value: 'answer' };

  protected async send(name: MediaCallName, args: unknown[]): Promise<CallOutcome> {
    this.sent.push([name, args]);
    return this.outcome;
  }
}

type AnyCalls = Record<string, (...args: unknown[]) => Promise<unknown>>;

describe('the client', () => {
  test.each(mediaCallNames)('sends %s with its arguments and returns the answer', async (name) => {
    const client = new RecordingClient();
    const args = samples[name];
    expect(await (client as unknown as AnyCalls)[name]!(...args)).toBe('answer');
    expect(client.sent).toEqual([[name, args]]);
  });

  test.each(mediaCallNames)('rejects a refused %s with its code', async (name) => {
    const client = new RecordingClient();
    client.outcome = { ok: false, code: 'limit-reached', message: 'full' };
    const refused = (client as unknown as AnyCalls)[name]!(...samples[name]);
    await expect(refused).rejects.toEqual(new MediaNodeError('limit-reached', 'full'));
  });

  test('sends no omitted argument, which JSON would make null', async () => {
    const client = new RecordingClient();
    await client.openRouter('room', undefined);
    expect(client.sent).toEqual([['openRouter', ['room']]]);
  });
});

describe('the worker', () => {
  test.each(mediaCallNames)('answers %s by the method of the engine or the pipes with this name', async (name) => {
    const performed: string[] = [];
    const control = new Proxy({} as Control, {
      get: (_, method) => () => {
        performed.push(String(method));
        return `${String(method)} answered`;
      },
    });
    const called: string[] = [];
    const pipes = control as unknown as PipeCalls;
    const engine = 'of' in mediaCalls[name] ? ({} as Control) : control;
    const calls = engineCalls({ control: (call) => call(engine) }, (name) => void called.push(name), pipes);
    const outcome = await answerCall(calls, name, samples[name], () => {});
    expect(outcome).toEqual({ ok: true, value: `${name} answered` });
    expect([performed, called]).toEqual([[name], [name]]);
  });

  test.each(['constructor', '__proto__', 'toString', 'load', 'onEvent', ''])('refuses %j', async (name) => {
    const calls = engineCalls({ control: () => expect.unreachable() });
    expect(await answerCall(calls, name, [], () => {})).toMatchObject({ ok: false, code: 'invalid-parameters' });
  });
});

describe('forwarding weights', () => {
  let shell: Shell;
  beforeEach(() => {
    shell = new Shell({ port: 0, announcedAddresses: ['127.0.0.1'], onEvent: () => {}, onFault: () => {} });
  });
  afterEach(() => shell.close());

  /** Ada sends a camera and a microphone, Ben receives both, Cid nothing yet. */
  async function call() {
    const calls = engineCalls(shell);
    const rtpCapabilities = await calls.openRouter('room');
    for (const transportId of ['ada', 'ben', 'cid']) await calls.openTransport({ routerId: 'room', transportId });
    const produce = { transportId: 'ada', paused: false };
    await calls.produce({ ...produce, producerId: 'camera', kind: 'video', rtpParameters: video(1) });
    await calls.produce({ ...produce, producerId: 'microphone', kind: 'audio', rtpParameters: audio(2) });
    for (const producerId of ['camera', 'microphone']) {
      const consumer = { transportId: 'ben', consumerId: `ben ${producerId}`, producerId, paused: false };
      await calls.consume({ ...consumer, rtpCapabilities });
    }
    return calls;
  }

  function weights(): Record<string, number> {
    const report = new ForwardingReport(shell);
    report.called('consume');
    return Object.fromEntries(report.read()!);
  }

  test('count unpaused consumers of unpaused producers, a picture three times a sound', async () => {
    const calls = await call();
    expect(weights()).toEqual({ ada: 4 });
    await calls.pauseConsumer('ben camera');
    expect(weights()).toEqual({ ada: 1 });
    await calls.resumeConsumer('ben camera');
    await calls.pauseProducer('microphone');
    expect(weights()).toEqual({ ada: 3 });
    await calls.closeConsumer('ben camera');
    expect(weights()).toEqual({});
  });

  test.each(mediaCallNames)('are changed by %s if the table says so, and only then', async (name) => {
    const calls = await call();
    if (name === 'resumeProducer') await calls.pauseProducer('camera');
    if (name === 'resumeConsumer') await calls.pauseConsumer('ben camera');
    const before = weights();
    // Pipes are beside the engine.
    if (!('of' in mediaCalls[name])) await (calls as unknown as AnyCalls)[name]!(...samples[name]);
    const changed = !isDeepStrictEqual(weights(), before);
    expect(changed).toBe(mediaCalls[name].changesForwarding);
  });

  test('are reported after a change only', async () => {
    const report = new ForwardingReport(shell);
    expect(report.read()).toBeUndefined();
    report.called('transportStats');
    expect(report.read()).toBeUndefined();
    report.called('consume');
    expect(report.read()).toEqual([]);
    expect(report.read()).toBeUndefined();
    report.happened({ type: 'transport.closed', transportId: 'ada', reason: 'consent-expired' });
    expect(report.read()).toEqual([]);
  });
});

function video(ssrc: number): RtpParameters {
  return { codecs: [{ mimeType: 'video/VP8', payloadType: 96, clockRate: 90_000 }], encodings: [{ ssrc }] };
}

function transport(id: string): TransportParameters {
  return {
    id,
    iceParameters: { usernameFragment: 'abcd', password: 'A'.repeat(24), iceLite: true },
    iceCandidates: [],
    dtlsParameters: { role: 'auto', fingerprints: [] },
  };
}

function audio(ssrc: number): RtpParameters {
  const codecs = [{ mimeType: 'audio/opus', payloadType: 111, clockRate: 48_000, channels: 2 }];
  return { codecs, encodings: [{ ssrc }] };
}

/** For each call, arguments with which it has an effect. */
const samples: { [N in MediaCallName]: MediaCallArguments<N> } = {
  openRouter: ['room', { loudest: 3 }],
  closeRouter: ['room'],
  openTransport: [{ routerId: 'room', transportId: 'dan' }],
  connectTransport: [
    'ben',
    { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: new Array(32).fill('AB').join(':') }] },
  ],
  restartIce: ['ben'],
  setRemoteIce: ['ben', { usernameFragment: 'abcd', password: 'A'.repeat(24), iceLite: false }],
  reportFramesDropped: ['ben', 0.5],
  openPipe: [{ near: transport('ben'), far: transport('other') }],
  closeTransport: ['ada'],
  produce: [{ transportId: 'ada', producerId: 'screen', kind: 'video', rtpParameters: video(3), paused: false }],
  pauseProducer: ['camera'],
  resumeProducer: ['camera'],
  closeProducer: ['camera'],
  consume: [
    {
      transportId: 'cid',
      consumerId: 'cid camera',
      producerId: 'camera',
      rtpCapabilities: {
        codecs: [{ kind: 'video', mimeType: 'video/VP8', clockRate: 90_000, preferredPayloadType: 96 }],
        headerExtensions: [],
      },
      paused: false,
    },
  ],
  fillSection: [
    {
      ...{ transportId: 'cid', consumerId: 'cid camera', producerId: 'camera' },
      section: { ...video(9), mid: '1' },
    },
  ],
  pauseConsumer: ['ben camera'],
  resumeConsumer: ['ben camera'],
  setConsumerPreferences: ['ben camera', { width: 640, height: 360, visible: true, priority: 'high' }],
  closeConsumer: ['ben camera'],
  transportStats: ['ada'],
  pathTotals: [['ada', 'nobody']],
  producerStats: ['camera'],
};
