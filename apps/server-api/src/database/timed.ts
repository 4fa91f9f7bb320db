import type { Transaction } from '@electric-sql/pglite';
import type { EmbeddedPostgres } from './embedded/embedded-postgres.js';
import type { QueryTimes } from './query-times.js';

/** The client, or a transaction of it, with its statements measured. */
export function timed<C extends EmbeddedPostgres | Transaction>(client: C, times: QueryTimes): C {
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      // Methods use private fields, which a proxy does not have.
      const call = (...words: unknown[]) => value.apply(target, words);
      if (name === 'query') return (...words: unknown[]) => times.watch(String(words[0]), call(...words));
      if (name !== 'transaction') return call;
      return (work: (transaction: Transaction) => unknown) =>
        times.transaction(() => call((transaction: Transaction) => work(timed(transaction, times))));
    },
  });
}
