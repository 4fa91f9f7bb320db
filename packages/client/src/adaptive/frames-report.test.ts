import { describe, expect, it } from 'vitest';
import type { Requester } from '../signalling/session.js';
import { FramesReport } from './frames-report.js';

function reporting() {
  const reported: unknown[] = [];
  const frames = { received: 0, dropped: 0 };
  const session = {
    connection: 'connected',
    request: async (_name: string, data: unknown) => void reported.push(data),
    doubt: () => {},
  } as unknown as Requester & { connection: string };
  const report = new FramesReport(session);
  const transport = {
    id: 'receive-1',
    stats: async () =>
      new Map(
        Object.entries({
          video: {
            type: 'inbound-rtp',
            kind: 'video',
            framesReceived: frames.received,
            framesDropped: frames.dropped,
          },
          audio: { type: 'inbound-rtp', kind: 'audio' },
        }),
      ) as unknown as RTCStatsReport,
  };
  const check = async (received: number, dropped: number) => {
    frames.received += received;
    frames.dropped += dropped;
    await report.check([transport]);
    return reported.splice(0);
  };
  return { report, session, transport, check };
}

describe('pictures that could not be shown in time', () => {
  it('are reported as a share of those since the last report, and once more when there are none', async () => {
    const { check } = reporting();
    expect(await check(100, 0)).toEqual([]);
    expect(await check(100, 25)).toEqual([{ transportId: 'receive-1', framesDropped: 0.25 }]);
    expect(await check(100, 0)).toEqual([{ transportId: 'receive-1', framesDropped: 0 }]);
    expect(await check(100, 1)).toEqual([]);
  });

  it('are not judged by a few frames, nor by streams that have ended', async () => {
    const { check } = reporting();
    expect(await check(5, 5)).toEqual([]);
    expect(await check(100, 0)).toEqual([]);
    expect(await check(-50, -5)).toEqual([]);
    expect(await check(10, 100)).toEqual([]);
  });

  it('wait for a connection, but not for a server that does not answer', async () => {
    const { report, session, transport, check } = reporting();
    Object.assign(session, { connection: 'reconnecting' });
    expect(await check(100, 50)).toEqual([]);
    const broken = { id: 'receive-2', stats: () => Promise.reject(new Error('closed')) };
    await report.check([broken, transport]);
  });
});
