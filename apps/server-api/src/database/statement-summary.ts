/** A statement without its values: `SELECT meetings users`. */
export interface StatementSummary {
  /** `SELECT`, `INSERT`, `UPDATE` or `DELETE`; of a statement of several parts, what it ends with. */
  operation: string;
  /** The operation and the tables, in the order of the text. */
  summary: string;
}

/**
 * The names of a statement alone: Drizzle quotes each name of the schema by `"`, and neither literals
 * nor comments of the text count.
 */
export function summaryOf(text: string): StatementSummary {
  const plain = text.replace(NOT_NAMES, ' ');
  const parts = new Set([...plain.matchAll(PART)].map(([, name]) => name!));
  const tables = new Set([...plain.matchAll(TABLE)].map(([, name]) => name!).filter((name) => !parts.has(name)));
  const operation = operationOf(plain);
  return { operation, summary: [operation, ...tables].join(' ').slice(0, LONGEST) };
}

/** The first keyword outside of parentheses. */
function operationOf(text: string): string {
  let depth = 0;
  for (const [word] of text.matchAll(/[()]|"[^"]*"|\w+/g)) {
    if (word === '(') depth += 1;
    else if (word === ')') depth -= 1;
    else if (depth === 0 && OPERATIONS.has(word.toUpperCase())) return word.toUpperCase();
  }
  return 'OTHER';
}

const OPERATIONS: ReadonlySet<string> = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE']);

/** String literals and comments. */
const NOT_NAMES = /'(?:[^']|'')*'|--[^\n]*|\/\*[\s\S]*?\*\//g;

const TABLE = /\b(?:from|join|into|update)\s+(?:only\s+)?"(\w+)"/gi;

/** Of `with "part" as (…)`. */
const PART = /"(\w+)" as (?:not materialized |materialized )?\(/gi;

/** Characters; the limit of OpenTelemetry's conventions for `db.query.summary`. */
const LONGEST = 255;
