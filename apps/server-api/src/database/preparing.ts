import type { Sql, TransactionSql } from 'postgres';
import { TransactionLife } from './lost-connection.js';
import type { QueryTimes } from './query-times.js';

/**
 * The client, with statements prepared: Drizzle sends each as `unsafe` text with `prepare: false`
 * unless it has a name. postgres.js does not cache the types of such text, which costs one more
 * round trip and a new plan for every query, and ends the pipelining of statements. Statements with
 * many parameters and without a name are lists of varying length, which would fill the server's
 * memory with plans used once. `?prepare=false` in the database's address disables it, for
 * connection pools that cannot hold prepared statements.
 */
export function preparing<S extends Sql | TransactionSql>(client: S, times: QueryTimes, life?: TransactionLife): S {
  return new Proxy(client, {
    get(target, name) {
      switch (name) {
        case 'unsafe':
          return (text: string, parameters: never[] = [], options: { prepare?: boolean } = {}) => {
            life?.check();
            return times.watch(
              text,
              target.unsafe(text, parameters, {
                ...options,
                prepare: options.prepare || (parameters.length > 0 && parameters.length <= MOST_PARAMETERS),
              }),
            );
          };
        case 'begin':
        case 'savepoint':
          return (...words: unknown[]) => {
            life?.check();
            const own = life ?? new TransactionLife();
            const work = words.pop() as (transaction: TransactionSql) => unknown;
            const run = Reflect.get(target, name) as (...words: unknown[]) => Promise<unknown>;
            const begin = () =>
              run(...words, (transaction: TransactionSql) =>
                own.outcomeOf(() => work(preparing(transaction, times, own))),
              );
            return life ? begin() : own.watch(times.transaction(begin));
          };
        default:
          return Reflect.get(target, name);
      }
    },
  });
}

/** The widest insert without a name has 16 columns. */
const MOST_PARAMETERS = 20;
