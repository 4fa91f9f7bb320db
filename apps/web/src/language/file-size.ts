import { formats } from './language.js';

/** "12.3 kB", "1.2 GB": decimal units, in the reader's language. */
export function fileSize(bytes: number): string {
  const [unit, size] =
    bytes < 100_000
      ? ['kilobyte', bytes / 1000]
      : bytes < 1_000_000_000
        ? ['megabyte', bytes / 1_000_000]
        : ['gigabyte', bytes / 1_000_000_000];
  const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  return new Intl.NumberFormat(formats(), { style: 'unit', unit: String(unit), ...digits }).format(Number(size));
}
