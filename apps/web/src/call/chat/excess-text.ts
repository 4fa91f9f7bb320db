import { plural } from '@lingui/core/macro';

/** Why a text with so many characters beyond the limit is not sent; undefined: it is. */
export function excessText(excess: number): string | undefined {
  if (excess <= 0) return undefined;
  return plural(excess, {
    one: '# character too long. Send it in parts.',
    other: '# characters too long. Send it in parts.',
  });
}
