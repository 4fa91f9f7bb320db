import type { Call, RemoteParticipant, RemotePublication } from '@waterbus/client';
import type { MediaDevicesState } from '@waterbus/react';
import { namesOf } from './people/names.js';
import type { TileProps } from './tile.js';

/** The content of each tile: of the others in the order of joining, and of this user. */
export function tilesOf(call: Call, devices: MediaDevicesState): { others: TileProps[]; self: TileProps } {
  const names = namesOf(call);
  const named = (tile: TileProps) => ({ ...tile, name: names.get(tile.participantId) ?? tile.name });
  const talking = new Set(call.activeSpeakers.map(({ participantId }) => participantId));
  const others = call.participants.map((participant) =>
    remoteTile(participant, talking.has(participant.id), call.spotlight),
  );
  return { others: others.map(named), self: named(localTile(call, devices)) };
}

/** The screens of others, in the order of joining. */
export function screensOf(call: Call): Screen[] {
  const names = namesOf(call);
  return call.participants.flatMap((participant) => {
    const { id, name } = participant;
    const screen = participant.publication('screen');
    return screen && !screen.muted ? [{ participantId: id, name: names.get(id) ?? name, publication: screen }] : [];
  });
}

export interface Screen {
  participantId: string;
  name: string;
  publication: RemotePublication;
}

/**
 * The tile that is large: the pinned one, as the user's own choice; else the one in the spotlight,
 * as the moderators' choice; else the speaker's where the view shows speakers and no screen is
 * shared. And the others. The user's own tile is never large.
 */
export function takeLarge<T extends { participantId: string }>(
  tiles: readonly T[],
  wanted: { pinned: string | undefined; spotlight?: string | undefined; speaker: string | undefined },
): { large: T | undefined; others: T[] } {
  const find = (id: string | undefined) => tiles.find(({ participantId }) => participantId === id);
  const large = find(wanted.pinned) ?? find(wanted.spotlight) ?? find(wanted.speaker);
  return { large, others: tiles.filter((tile) => tile !== large) };
}

function remoteTile(participant: RemoteParticipant, talking: boolean, spotlight: string | undefined): TileProps {
  const camera = participant.publication('camera');
  const microphone = participant.publication('microphone');
  return {
    participantId: participant.id,
    name: participant.name,
    avatarUrl: participant.avatarUrl,
    picture: camera && !camera.muted ? camera.track : undefined,
    talking: talking && microphone !== undefined && !microphone.muted,
    muted: !microphone || microphone.muted,
    reconnecting: participant.connection === 'reconnecting',
    handRaised: participant.handRaisedAt !== undefined,
    spotlit: participant.id === spotlight,
    publication: camera,
    pausedBy: camera?.pausedBy,
    isReduced: camera?.limitedBy === 'bandwidth' && !camera.muted,
    connectionQuality: participant.connectionQuality,
  };
}

/** The user's own tile follows the devices, which know before the server does. */
function localTile(call: Call, { camera, microphone }: MediaDevicesState): TileProps {
  return {
    participantId: call.local.id,
    name: call.local.name,
    avatarUrl: call.local.avatarUrl,
    self: true,
    picture: camera.track,
    talking: false,
    ownSound: microphone.on ? microphone.track : undefined,
    muted: !microphone.on || !microphone.track,
    reconnecting: false,
    handRaised: call.local.handRaisedAt !== undefined,
    spotlit: call.local.id === call.spotlight,
    connectionQuality: call.local.connectionQuality,
    path: call.path,
  };
}
