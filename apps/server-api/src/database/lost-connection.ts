/**
 * The life of a transaction's connection. postgres.js rolls a failed transaction back, and executes
 * its further statements, also on a connection that has closed meanwhile; the write to its missing
 * socket then throws outside of every promise and ends the process
 * (https://github.com/porsager/postgres/issues/1208). `begin` itself rejects when the connection
 * closes, so work of a lost connection need not settle.
 */
export class TransactionLife {
  #lost = false;

  /** `begun` is the promise of `begin`. */
  async watch<T>(begun: Promise<T>): Promise<T> {
    try {
      return await begun;
    } finally {
      this.#lost = true;
    }
  }

  /** Before each statement. */
  check(): void {
    if (this.#lost) throw Object.assign(new Error('The transaction has ended'), { code: 'CONNECTION_CLOSED' });
  }

  /** The result of the transaction's work, unless its connection is lost. */
  async outcomeOf<T>(work: () => T): Promise<Awaited<T>> {
    try {
      const result = await work();
      return this.#lost ? never() : result;
    } catch (error) {
      // The end of the connection is known one turn of the event loop after the failure.
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#lost) return never();
      throw error;
    }
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
