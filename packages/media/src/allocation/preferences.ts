import { MediaError } from '../api/errors.js';
import type { ConsumerPreferences, ConsumerPriority } from '../api/types.js';

/** A consumer's preferences until its receiver sets them: visible, as large as possible. */
export const DEFAULT_PREFERENCES: ConsumerPreferences = {
  width: 16_384,
  height: 16_384,
  visible: true,
  priority: 'low',
};

/**
 * Validates a client's preferences: sizes beyond any screen's count as the largest, any other
 * invalid value is refused.
 */
export function validatePreferences(value: unknown): ConsumerPreferences {
  if (typeof value !== 'object' || value === null) throw refusal('they are no object');
  const { width, height, visible, priority } = value as Record<string, unknown>;
  if (typeof visible !== 'boolean') throw refusal('visible is no boolean');
  if (typeof priority !== 'string' || !Object.hasOwn(PRIORITY_CLASS, priority)) {
    throw refusal(`priority is none of ${Object.keys(PRIORITY_CLASS).join(', ')}`);
  }
  return {
    width: pixels(width, 'width'),
    height: pixels(height, 'height'),
    visible,
    priority: priority as ConsumerPriority,
  };
}

/** Whether any part of the picture is visible. */
export function isShown({ width, height, visible }: ConsumerPreferences): boolean {
  return visible && width > 0 && height > 0;
}

/** The higher class is served first. */
export const PRIORITY_CLASS: Readonly<Record<ConsumerPriority, number>> = { 'very-low': 0, low: 1, medium: 2, high: 3 };

function pixels(value: unknown, name: string): number {
  if (typeof value !== 'number' || !(value >= 0)) throw refusal(`${name} is no number of pixels`);
  return Math.min(Math.round(value), MAX_PIXELS);
}

function refusal(reason: string): MediaError {
  return new MediaError('invalid-parameters', `preferences: ${reason}`);
}

/** The largest canvas side that browsers allow; a wall of displays has less. */
const MAX_PIXELS = 16_384;
