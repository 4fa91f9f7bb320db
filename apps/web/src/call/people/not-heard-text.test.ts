import { expect, it } from 'vitest';
import { notHeardText } from './not-heard-text.js';

it('names the others that do not hear the user, while the user sends sound', () => {
  type Hearing = 'lost' | 'of ada' | 'of cleo' | 'server' | undefined;
  const qualityOf = (hearing: Hearing) => {
    if (hearing === 'lost') return { quality: 'lost', limitation: 'download', unintelligible: ['ada'] };
    if (hearing === 'server') return { quality: 'poor', limitation: 'server', unintelligible: ['ada'] };
    return hearing && { quality: 'poor', limitation: 'download', unintelligible: [hearing.slice(3)] };
  };
  const callOf = (muted: boolean, hearing: Record<string, Hearing>) =>
    ({
      media: { sending: 'ok', receiving: 'ok' },
      local: { id: 'ada', publication: () => ({ muted }) },
      participants: ['ben', 'cleo', 'dora'].map((id) => ({
        ...{ id, name: id, connection: 'connected' },
        connectionQuality: qualityOf(hearing[id]),
      })),
    }) as unknown as Parameters<typeof notHeardText>[0];
  const call = (muted: boolean, ...lost: string[]) => callOf(muted, Object.fromEntries(lost.map((id) => [id, 'lost'])));
  const names = new Map([['ben', 'Ben']]);
  const heard = (hearing: Record<string, Hearing>, muted = false) => notHeardText(callOf(muted, hearing), names);
  expect(notHeardText(call(false), names)).toBeUndefined();
  expect(notHeardText(call(true, 'ben'), names)).toBeUndefined();
  expect(notHeardText(call(false, 'ben'), names)).toBe('Ben can’t hear you right now: their connection is lost.');
  expect(notHeardText(call(false, 'ben', 'cleo'), names)).toMatch(/^Ben and cleo can’t hear you/);
  expect(notHeardText(call(false, 'ben', 'cleo', 'dora'), names)).toMatch(/^3 people can’t hear you/);
  expect(heard({ ben: 'of ada' })).toBe('Ben can’t hear you clearly: their connection is too poor.');
  expect(heard({ ben: 'of ada', cleo: 'of ada' })).toMatch(/^Ben and cleo can’t hear you clearly/);
  expect(heard({ ben: 'of ada', cleo: 'of ada', dora: 'of ada' })).toMatch(/^3 people can’t hear you clearly/);
  expect(heard({ ben: 'lost', cleo: 'of ada' })).toMatch(/^Ben can’t hear you right now.*lost\. cleo can’t/);
  expect(heard({ ben: 'server', cleo: 'server' })).toMatch(/^Not everyone can hear you clearly: the server/);
  expect(heard({ ben: 'of cleo' })).toBeUndefined();
  expect(heard({ ben: 'of ada' }, true)).toBeUndefined();
});
