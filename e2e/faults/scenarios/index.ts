import { type Scenario, type ScenarioName, scenarioNames } from '../scenario.js';

/**
 * Loads one fault. Each has a file of its own name, so that a run of one does not load the browsers
 * for the others.
 */
export async function loadScenario(name: ScenarioName): Promise<Scenario> {
  let loaded: { scenario?: Scenario };
  try {
    loaded = await import(`./${name}.js`);
  } catch (error) {
    if (isMissing(error, name)) throw new Error(`There is no scenario ${name} yet: e2e/faults/scenarios/${name}.ts`);
    throw error;
  }
  if (loaded.scenario?.name !== name) throw new Error(`e2e/faults/scenarios/${name}.ts exports no scenario ${name}`);
  return loaded.scenario;
}

export function isScenarioName(name: string): name is ScenarioName {
  return (scenarioNames as readonly string[]).includes(name);
}

function isMissing(error: unknown, name: string): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ERR_MODULE_NOT_FOUND' && message.includes(`/scenarios/${name}.`);
}
