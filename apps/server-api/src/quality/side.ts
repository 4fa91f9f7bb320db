import type { QualityMinute, QualitySide } from '@waterbus/protocol';

/**
 * The side at fault in a minute: the one that limited the connection, and without such a one the
 * publishers, if pictures of theirs did not arrive at the server.
 */
export function sideOf({
  limitation,
  missingPictures,
}: Pick<QualityMinute, 'limitation' | 'missingPictures'>): QualitySide {
  if (limitation === 'processor') return 'device';
  if (limitation !== 'none') return limitation;
  return missingPictures > 0 ? 'publisher' : 'none';
}
