import { createdByOwner, defaultLimits, type Limits } from '@waterbus/server-api';
import type { Settings } from './settings.js';

/** The limits of requests that differ from their defaults by the settings. */
export function limitsOf({ limits }: Pick<Settings, 'limits'>): Partial<Limits> {
  const { joinsPerMinute, createsPerMinute } = limits;
  const { join, connectivity, create, read, write } = defaultLimits;
  return {
    ...(joinsPerMinute && {
      join: { ...join, count: joinsPerMinute },
      connectivity: { ...connectivity, count: joinsPerMinute },
    }),
    ...(createsPerMinute && {
      create: { ...create, count: createsPerMinute },
      createByOwner: createdByOwner(createsPerMinute),
    }),
    // Who joins reads before and afterwards; the limit of reads must not reduce that of joins.
    read: { ...read, count: read.count + READS_PER_JOIN * (joinsPerMinute ?? 0) },
    // Joins and creations are writes too; the limit of writes must not reduce their own limits.
    write: { ...write, count: write.count + (joinsPerMinute ?? 0) + (createsPerMinute ?? 0) },
  };
}

/** As many as by default: 1,200 reads and 300 joins. The app makes three: offer, meeting, network. */
const READS_PER_JOIN = 4;
