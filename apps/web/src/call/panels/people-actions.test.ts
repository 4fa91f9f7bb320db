import type { RemotePublication, Role, Source } from '@waterbus/client';
import { describe, expect, it } from 'vitest';
import { actionsOn } from './people-actions.js';

const other = (role: Role, sending: Source[] = [], muted: Source[] = []) => ({
  role,
  publication: (source: Source): RemotePublication | undefined =>
    sending.includes(source) || muted.includes(source)
      ? {
          source,
          kind: 'audio',
          muted: muted.includes(source),
          track: undefined,
          pausedBy: undefined,
          limitedBy: undefined,
          layers: undefined,
          observe: () => () => {},
          prefer: () => () => {},
        }
      : undefined,
});

describe('the actions on a participant', () => {
  const turnOut = ['toWaitingRoom', 'remove', 'ban'];

  it('are none without the grant', () => {
    expect(actionsOn({ role: 'member', moderate: false }, other('guest', ['microphone', 'camera']))).toEqual([]);
  });

  it('stop the sources that are sent, and no others', () => {
    const moderator = { role: 'moderator' as const, moderate: true };
    expect(actionsOn(moderator, other('guest', ['microphone', 'camera', 'screen']))).toEqual([
      'spotlight',
      'mute',
      'stopVideo',
      'stopScreen',
      ...turnOut,
    ]);
    expect(actionsOn(moderator, other('member', [], ['microphone', 'camera']))).toEqual(['spotlight', ...turnOut]);
  });

  it('M3: never remove the host, nor one moderator by another', () => {
    const host = { role: 'host' as const, moderate: true };
    const moderator = { role: 'moderator' as const, moderate: true };
    expect(actionsOn(moderator, other('host', ['microphone']))).toEqual(['spotlight', 'mute']);
    expect(actionsOn(moderator, other('moderator', ['camera']))).toEqual(['spotlight', 'stopVideo']);
    expect(actionsOn(host, other('host'), true)).toEqual(['endSpotlight']);
    expect(actionsOn(host, other('moderator'))).toEqual(['spotlight', ...turnOut]);
  });
});
