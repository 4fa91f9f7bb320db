import { createAccount } from './account.js';
import { callScreens } from './call-screens.js';
import { newContext, type Screen, type Surroundings } from './screen.js';
import { visitorScreens } from './visitor-screens.js';

/**
 * The screens of visitors and of the call, one after the other. `onFailure`: a part could not be played to its end;
 * the next one follows.
 */
export async function* tour(surroundings: Surroundings, onFailure: (error: unknown) => void): AsyncGenerator<Screen> {
  const { browser, url, mailbox } = surroundings;
  yield* played(visitorScreens(surroundings), onFailure);
  const context = await newContext(browser);
  const page = await context.newPage();
  await createAccount(page, url, mailbox);
  yield* played(callScreens(surroundings, page), onFailure);
  await context.close();
}

async function* played(part: AsyncGenerator<Screen>, onFailure: (error: unknown) => void): AsyncGenerator<Screen> {
  try {
    yield* part;
  } catch (error) {
    onFailure(error);
  }
}
