import type { Call } from '@waterbus/client';
import { useEffect, useState, useSyncExternalStore } from 'react';
import type { MediaDevicesStore } from '../devices/media-devices.js';
import { tracksToPublish } from '../devices/publish-devices.js';
import { type Entry, Joining, type JoiningState } from './joining.js';

/** What `usePreJoin` returns. */
export interface PreJoinState extends JoiningState {
  readonly name: string;
  readonly setName: (name: string) => void;
  /**
   * Joins with the name and the devices. `enter` adds what else is needed:
   * `(entry) => join({ ...entry, code, password })`. Does nothing without a name, and while the user
   * is joining already.
   */
  readonly join: (enter: (entry: Entry) => Promise<Call>) => void;
  /** Ends the attempt, and the wait for a moderator. */
  readonly cancel: () => void;
  readonly forgetFailure: () => void;
}

/**
 * The lobby before a call: the name, and joining once at a time. Ends the attempt when the lobby is
 * no longer shown.
 *
 * @param lobby.defaultName Until the user has typed another one.
 */
export function usePreJoin(lobby: {
  devices: Pick<MediaDevicesStore, 'state'>;
  defaultName?: string | undefined;
  onJoined: (call: Call) => void;
}): PreJoinState {
  const { devices, defaultName = '', onJoined } = lobby;
  const [joining] = useState(() => new Joining());
  const read = () => joining.state;
  const state = useSyncExternalStore(joining.subscribe, read, read);
  const [typed, setName] = useState<string>();
  const name = typed ?? defaultName;
  useEffect(() => joining.abort, [joining]);
  const join = (enter: (entry: Entry) => Promise<Call>) => {
    const known = { name: name.trim(), tracks: tracksToPublish(devices.state) };
    if (known.name) void joining.enter(known, enter).then((call) => call && onJoined(call));
  };
  return { ...state, name, setName, join, cancel: joining.abort, forgetFailure: joining.forget };
}
