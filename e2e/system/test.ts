import { test as base } from '@playwright/test';
import { expectNoPageErrors, type Person, person } from './call.js';
import { type MoreSettings, type SystemKind, startWaterbus, type Waterbus } from './waterbus.js';

export interface SystemFixtures {
  /** The system under test of the project. */
  kind: SystemKind;
  startWaterbus: (settings?: MoreSettings) => Promise<Waterbus>;
  waterbus: Waterbus;
}

/**
 * `waterbus`: one system for all tests of a file. `people`: opens browser contexts, and finally
 * requires that no page has reported an error.
 */
export const test = base.extend<{ people: (name: string) => Promise<Person> }, SystemFixtures>({
  kind: ['one-process', { option: true, scope: 'worker' }],
  startWaterbus: [async ({ kind }, use) => use((settings) => startWaterbus(kind, settings)), { scope: 'worker' }],
  waterbus: [
    async ({ startWaterbus }, use) => {
      const waterbus = await startWaterbus();
      await use(waterbus);
      await waterbus.stop();
    },
    { scope: 'worker', timeout: 240_000 },
  ],
  people: async ({ browser }, use) => {
    const opened: Person[] = [];
    await use(async (name) => {
      const next = await person(browser, name);
      opened.push(next);
      return next;
    });
    const people = opened.slice();
    for (const { context } of opened) await context.close();
    expectNoPageErrors(people);
  },
});

export { expect } from '@playwright/test';
