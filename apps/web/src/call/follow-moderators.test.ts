import type { Call, CallEvents, Grants, LocalPublication, Source } from '@waterbus/client';
import type { OpenedDevices } from '@waterbus/react';
import { expect, it, vi } from 'vitest';
import { followModerators } from './follow-moderators.js';

const all: Grants = {
  publish: ['microphone', 'camera', 'screen', 'screen-audio'],
  subscribe: true,
  moderate: false,
  hidden: false,
};

function scene() {
  const listeners: Partial<CallEvents> = {};
  const off: string[] = [];
  const texts: string[] = [];
  const unpublish = vi.fn(async () => {});
  const call = {
    grants: all,
    local: { publication: () => ({ unpublish }) },
    on: (event: keyof CallEvents, listener: never) => {
      listeners[event] = listener;
      return () => delete listeners[event];
    },
  } as unknown as Call;
  const devices = { switchOff: (kind: string) => off.push(kind) } as unknown as OpenedDevices;
  const stop = followModerators(call, devices, (text) => texts.push(text));
  const mute = (source: Source) => listeners['local.muted']?.({ source } as LocalPublication);
  const grant = (publish: Source[]) => listeners.grants?.({ ...all, publish });
  return { off, texts, unpublish, stop, mute, grant, listeners };
}

it('switches off the sources that a moderator muted, and reports it', () => {
  const { off, texts, unpublish, mute } = scene();
  mute('microphone');
  mute('camera');
  mute('screen');
  expect(off).toEqual(['microphone', 'camera']);
  expect(unpublish).toHaveBeenCalledTimes(2);
  expect(texts[0]).toBe('You were muted by a moderator');
});

it('switches off the sources that are no longer granted, and reports those that are granted again', () => {
  const { off, texts, grant } = scene();
  grant(['microphone']);
  grant(['microphone']);
  expect(off).toEqual(['camera']);
  grant(all.publish);
  expect(texts).toEqual([
    'You can no longer use your camera or screen sharing',
    'You can now use your camera and screen sharing',
  ]);
});

it('stops listening', () => {
  const { listeners, stop } = scene();
  stop();
  expect(listeners).toEqual({});
});
