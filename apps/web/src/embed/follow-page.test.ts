import type { Call, CallEvents } from '@waterbus/client';
import type { MeetingCommand } from '@waterbus/embed';
import type { DeviceKind, MediaDevicesState } from '@waterbus/react';
import { expect, it } from 'vitest';
import { followPage } from './follow-page.js';

/** A call with Ben in it, and a page that records the events it receives. */
function scene() {
  const log: unknown[] = [];
  const listeners = new Map<string, (...args: never[]) => void>();
  const on = { microphone: true, camera: false };
  let changed = () => {};
  let execute: ((command: MeetingCommand) => unknown) | undefined;
  const call = {
    local: { id: 'ada', name: 'Ada' },
    participants: [{ id: 'ben', name: 'Ben' }] as unknown as Call['participants'],
    closeReason: undefined,
    chat: { send: async (text: string) => void log.push(`send ${text}`) } as unknown as Call['chat'],
    on: <K extends keyof CallEvents>(event: K, listener: CallEvents[K]) => {
      listeners.set(event, listener as never);
      return () => void listeners.delete(event);
    },
    leave: async () => void listeners.get('closed')?.('left' as never),
  };
  const devices = {
    get state() {
      return { microphone: { on: on.microphone }, camera: { on: on.camera } } as unknown as MediaDevicesState;
    },
    subscribe: (listener: () => void) => {
      changed = listener;
      return () => {
        changed = () => {};
      };
    },
    toggle: (kind: DeviceKind) => {
      on[kind] = !on[kind];
      changed();
    },
  };
  const page = {
    emit: (event: string, detail: unknown) => void log.push([event, detail]),
    obey: (own: (command: MeetingCommand) => unknown) => {
      execute = own;
      return () => {
        execute = undefined;
      };
    },
  };
  const stop = followPage({ call, devices, page, show: (view) => log.push(`show ${view}`) });
  return { log, listeners, devices, stop, command: (command: MeetingCommand) => execute?.(command) };
}

const AT_FIRST = [
  ['joined', { participantId: 'ada', name: 'Ada' }],
  ['microphone', { on: true }],
  ['camera', { on: false }],
  ['participant-joined', { participantId: 'ben', name: 'Ben' }],
];

it('reports the state at first, then each change once', () => {
  const { log, listeners, devices } = scene();
  expect(log.splice(0)).toEqual(AT_FIRST);
  listeners.get('participant.joined')!({ id: 'cy', name: 'Cy' } as never);
  listeners.get('participant.left')!({ id: 'ben', name: 'Ben' } as never);
  devices.toggle('camera');
  expect(log).toEqual([
    ['participant-joined', { participantId: 'cy', name: 'Cy' }],
    ['participant-left', { participantId: 'ben', name: 'Ben' }],
    ['camera', { on: true }],
  ]);
});

it('executes commands until the call is over', async () => {
  const { log, command, listeners } = scene();
  log.splice(0);
  await command({ command: 'microphone', on: false });
  await command({ command: 'microphone', on: false });
  await command({ command: 'chat', text: 'Hello' });
  await command({ command: 'layout', layout: 'speaker' });
  await command({ command: 'hang-up' });
  expect(log).toEqual([['microphone', { on: false }], 'send Hello', 'show speaker', ['left', { reason: 'left' }]]);
  expect(command({ command: 'hang-up' })).toBeUndefined();
  expect(listeners.size).toBe(0);
});

it('leaves nothing behind', () => {
  const { log, listeners, stop, command } = scene();
  log.splice(0);
  stop();
  expect([listeners.size, command({ command: 'hang-up' }), log]).toEqual([0, undefined, []]);
});
