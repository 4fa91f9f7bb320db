/** A moment for a table: day and minute. */
export function momentOf(text: string | null): string {
  return text === null ? '–' : new Date(text).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' });
}

/** A share from 0 to 1. */
export function percentOf(share: number | null): string {
  return share === null ? '–' : `${Math.round(share * 100)} %`;
}
