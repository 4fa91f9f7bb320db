import { unreachable } from '../failures.js';

/** Rejects with `network.unreachable`. */
export function loadRareAnswers(): Promise<typeof import('./rare-answers.js')> {
  return import('./rare-answers.js').catch((error) => {
    throw unreachable(`A part of the code could not be loaded: ${error}`);
  });
}
