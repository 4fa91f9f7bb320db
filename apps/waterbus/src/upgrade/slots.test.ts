import { describe, expect, it } from 'vitest';
import { readSettings, type Settings } from '../settings.js';
import { refusalOf, settingsOfSlot } from './slots.js';

const cluster = {
  REDIS_URL: 'redis://localhost',
  DATABASE_URL: 'postgres://localhost/waterbus',
  SECRET: 's'.repeat(32),
  NODE_ID: 'one',
  MEDIA_WORKERS: '2',
};

function settings(more: Record<string, string> = {}): Settings {
  const result = readSettings({ ...cluster, ...more });
  if ('problems' in result) throw new Error(result.problems.join());
  return result.settings;
}

describe('the slots of two versions', () => {
  it('have media ports and node ids of their own, and all else in common', () => {
    const a = settings();
    expect(settingsOfSlot(a, 'a')).toEqual(a);
    expect(settingsOfSlot(a, 'b')).toEqual({ ...a, mediaPort: a.mediaPort + 2, nodeId: 'one-b' });
    expect([refusalOf(a, 'a'), refusalOf(settingsOfSlot(a, 'b'), 'b')]).toEqual([undefined, undefined]);
  });

  it('take any free ports with MEDIA_PORT=0', () => {
    const a = settings({ MEDIA_PORT: '0' });
    expect([settingsOfSlot(a, 'b').mediaPort, refusalOf(a, 'a'), refusalOf(settingsOfSlot(a, 'b'), 'b')]).toEqual([
      0,
      undefined,
      undefined,
    ]);
  });

  it.each([
    [{ MEDIA_PORT: '65533' }, 'MEDIA_PORT 65533'],
    [{ MEDIA_PORT: '8078' }, 'port 8080'],
    [{ MEDIA_EXTRA_PORTS: '443' }, 'MEDIA_EXTRA_PORTS'],
    [{ TURN_PORT: '40003' }, 'TURN_PORT 40003'],
  ])('are refused where they would share a port: %o', (more, name) => {
    expect(refusalOf(settings(more), 'a')).toContain(name);
  });
});
