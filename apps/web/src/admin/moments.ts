import { formats } from '../language/language.js';
/** A moment for a table: day and minute. */
export function momentOf(text: string | null): string {
  return text === null ? '–' : new Date(text).toLocaleString(formats(), { dateStyle: 'medium', timeStyle: 'short' });
}

/** A share from 0 to 1. */
export function percentOf(share: number | null): string {
  return share === null ? '–' : new Intl.NumberFormat(formats(), { style: 'percent' }).format(share);
}
