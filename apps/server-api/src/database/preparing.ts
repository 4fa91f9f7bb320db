import type { Sql, TransactionSql } from 'postgres';

/**
 * The client, with statements prepared: Drizzle sends each as `unsafe` text. postgres.js does not
 * prepare such text and does not cache its types, which costs one more round trip and a new plan
 * for every query. Statements with many parameters are lists of varying length, which would fill
 * the server's memory with plans used once. `?prepare=false` in the database's address disables it,
 * for connection pools that cannot hold prepared statements.
 */
export function preparing<S extends Sql | TransactionSql>(client: S): S {
  return new Proxy(client, {
    get(target, name) {
      switch (name) {
        case 'unsafe':
          return (text: string, parameters: never[] = [], options: object = {}) =>
            target.unsafe(text, parameters, {
              prepare: parameters.length > 0 && parameters.length <= MOST_PARAMETERS,
              ...options,
            });
        case 'begin':
        case 'savepoint':
          return (...words: unknown[]) => {
            const work = words.pop() as (transaction: TransactionSql) => unknown;
            const run = Reflect.get(target, name) as (...words: unknown[]) => unknown;
            return run(...words, (transaction: TransactionSql) => work(preparing(transaction)));
          };
        default:
          return Reflect.get(target, name);
      }
    },
  });
}

/** The widest insert has 16 columns. */
const MOST_PARAMETERS = 20;
