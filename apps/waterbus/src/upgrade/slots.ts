import type { Settings } from '../settings.js';

/**
 * Two versions of one installation run side by side during an upgrade, one in each slot. Slot `a`
 * has the ports and the node id of the settings; slot `b` has the ports after those of the media
 * workers. Each upgrade changes the slot.
 */
export type Slot = 'a' | 'b';

export function otherSlot(slot: Slot): Slot {
  return slot === 'a' ? 'b' : 'a';
}

export function settingsOfSlot(settings: Settings, slot: Slot): Settings {
  if (slot === 'a') return settings;
  const { mediaPort, mediaWorkers, nodeId } = settings;
  // 0: any free ports.
  return { ...settings, mediaPort: mediaPort && mediaPort + mediaWorkers, nodeId: `${nodeId}-b` };
}

/** The first ports of the two slots' media workers. Undefined where each worker takes any free port. */
export function mediaRanges({ mediaPort, mediaWorkers }: MediaPorts): Record<Slot, number> | undefined {
  return mediaPort === 0 ? undefined : { a: mediaPort, b: mediaPort + mediaWorkers };
}

type MediaPorts = Pick<Settings, 'mediaPort' | 'mediaWorkers'>;

/**
 * The reason for which the settings of a process in this slot do not permit two versions side by
 * side.
 */
export function refusalOf(settings: Settings, slot: Slot): string | undefined {
  const { mediaWorkers, mediaExtraPorts, mediaTcp, httpPort, redirect, metrics, turn } = settings;
  if (mediaExtraPorts.length > 0) return 'two versions cannot share MEDIA_EXTRA_PORTS';
  if (settings.mediaPort === 0) return undefined;
  const mediaPort = slot === 'a' ? settings.mediaPort : settings.mediaPort - mediaWorkers;
  const last = mediaPort + 2 * mediaWorkers - 1;
  if (last > MOST_PORT) {
    return `MEDIA_PORT ${mediaPort} leaves no room below 65536 for the ${mediaWorkers} workers of a second version`;
  }
  const isMedia = (port: number) => port >= mediaPort && port <= last;
  const page = [httpPort, ...(redirect ? [redirect.port] : []), ...(metrics ? [metrics.port] : [])];
  const shared = mediaTcp ? page.find(isMedia) : undefined;
  if (shared !== undefined) {
    return `port ${shared} is needed by the workers of a second version, which use ${mediaPort} to ${last}`;
  }
  if (turn?.port !== undefined && isMedia(turn.port)) {
    return `TURN_PORT ${turn.port} is needed by the workers of a second version, which use ${mediaPort} to ${last}`;
  }
  return undefined;
}

const MOST_PORT = 65_535;
