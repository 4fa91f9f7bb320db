import type { QualityMinute, QualitySide } from '@waterbus/protocol';

/**
 * The side at fault in a minute: the one that limited the connection, and without such a one the
 * publishers, if pictures of theirs did not arrive at the server for some seconds.
 */
export function sideOf({
  limitation,
  missingPictures,
  missingSeconds,
}: Pick<QualityMinute, 'limitation' | 'missingPictures' | 'missingSeconds'>): QualitySide {
  if (limitation === 'processor') return 'device';
  if (limitation !== 'none') return limitation;
  // A server of an older version counted the pictures at the moment of the reading alone.
  const isMissing = missingSeconds == null ? missingPictures > 0 : missingSeconds >= BEGINNING;
  return isMissing ? 'publisher' : 'none';
}

/** Seconds: the first picture of a camera may take less. */
const BEGINNING = 3;
