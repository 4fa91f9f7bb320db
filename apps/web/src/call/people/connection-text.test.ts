import type { Call, ConnectionQuality, MediaPath } from '@waterbus/client';
import { describe, expect, it } from 'vitest';
import { connectionNote, connectionText, laggingPathText, lostText, pathText, pausedText } from './connection-text.js';

describe('the texts for connections', () => {
  const text = (quality: ConnectionQuality['quality'], limitation: ConnectionQuality['limitation'], self = false) =>
    connectionText({ quality, limitation }, 'Ben', self);

  it('are none while the connection is good or unknown', () => {
    expect(connectionText(undefined, 'Ben', false)).toBeUndefined();
    expect(text('excellent', 'none')).toBeUndefined();
    expect(text('good', 'download')).toBeUndefined();
  });

  it('name the limiting side', () => {
    expect(text('poor', 'upload')).toBe('Ben’s upload is slow');
    expect(text('poor', 'download', true)).toBe('Your download is slow');
    expect(text('poor', 'server')).toBe('The server is overloaded');
    expect(text('poor', 'processor')).toBe('Ben’s device is struggling to keep up');
    expect(text('poor', 'none', true)).toBe('Your connection is poor');
    expect(text('lost', 'upload')).toBe('Ben has lost connection');
  });

  it('are short beside a name', () => {
    expect(connectionNote(undefined)).toBeUndefined();
    expect(connectionNote({ quality: 'good', limitation: 'upload' })).toBeUndefined();
    expect(connectionNote({ quality: 'poor', limitation: 'upload' })).toBe('Slow upload');
    expect(connectionNote({ quality: 'lost', limitation: 'none' })).toBe('Connection lost');
  });

  it('explain a missing picture, unless it is intended', () => {
    expect(pausedText('bandwidth')).toBe('Video paused: your connection is slow');
    expect(pausedText('no-media')).toBe('Video isn’t coming through');
    expect(pausedText('codec')).toBe('Your browser can’t show this video');
    for (const meant of ['muted', 'hidden', undefined] as const) expect(pausedText(meant)).toBeUndefined();
  });

  it('name the lost media', () => {
    const lost = (
      sending: 'ok' | 'lost',
      receiving: Call['media']['receiving'],
      connection: Call['connection'] = 'connected',
    ) => lostText({ connection, media: { sending, receiving }, path: { kind: 'direct' } });
    expect(lost('ok', 'ok')).toBeUndefined();
    expect(lost('lost', 'lost', 'closed')).toBeUndefined();
    expect(lost('ok', 'lost')).toMatch(/^You can’t see or hear the others/);
    expect(lost('ok', 'partly')).toMatch(/^You can’t see or hear some of the others/);
    expect(lost('ok', 'one-way')).toMatch(/^Your connection is cutting out/);
    expect(lost('lost', 'ok')).toMatch(/^The others can’t see or hear you/);
    expect(lost('lost', 'partly')).toMatch(/^The others can’t see or hear you/);
    expect(lost('lost', 'lost')).toMatch(/^Audio and video aren’t getting through/);
  });

  it('do not promise to reconnect media that were never connected', () => {
    const path: MediaPath = { kind: 'none' };
    const never = lostText({ connection: 'connected', media: { sending: 'lost', receiving: 'ok' }, path });
    expect(never).toMatch(/your network lets no audio or video through/);
    expect(never).not.toMatch(/reconnect/);
    expect(lostText({ connection: 'closed', media: { sending: 'lost', receiving: 'lost' }, path })).toBeUndefined();
  });

  it('name the path, and mark it where sound may lag', () => {
    const relay = (relayProtocol: 'udp' | 'tcp' | 'tls'): MediaPath => ({ kind: 'relay', relayProtocol });
    expect(pathText({ kind: 'direct' })).toBe('Connected directly.');
    expect(pathText(relay('udp'))).toBe('Connected through a relay.');
    for (const path of [undefined, { kind: 'direct' }, { kind: 'none' }, relay('udp')] as const)
      expect(laggingPathText(path)).toBeUndefined();
    expect(laggingPathText({ kind: 'tcp' })).toMatch(/^Connected over TCP: your network blocks UDP/);
    expect(laggingPathText(relay('tcp'))).toMatch(/^Connected through a relay over TCP/);
    expect(laggingPathText(relay('tls'))).toMatch(/^Connected through a relay over TLS/);
  });
});
