import { createAccount } from './account.js';
import { adminScreens, prepareAdministration } from './admin-screens.js';
import { callScreens } from './call-screens.js';
import { closedScreens } from './closed-screens.js';
import { embedScreens } from './embed-screens.js';
import { languageScreens } from './language-screens.js';
import { accountScreens, holdMeeting, placeScreens } from './member-screens.js';
import { ADMINISTRATOR } from './people.js';
import { newContext, type Screen, type Surroundings } from './screen.js';
import { visitorScreens } from './visitor-screens.js';

/** Parts of the tour, in their order. */
export const PARTS = ['visitors', 'embed', 'closed', 'languages', 'members', 'call'] as const;

/**
 * The screens of these parts, one after the other. `onFailure`: a part could not be played to its
 * end; the next one follows.
 */
export async function* tour(
  surroundings: Surroundings,
  parts: readonly string[],
  onFailure: (error: unknown) => void,
): AsyncGenerator<Screen> {
  const screens = {
    visitors: visitorScreens,
    embed: embedScreens,
    closed: closedScreens,
    languages: languageScreens,
    members: (all: Surroundings) => memberScreens(all, onFailure),
    call: callScreens,
  };
  for (const part of PARTS) if (parts.includes(part)) yield* played(screens[part](surroundings), onFailure);
}

/** A user with an account, who also administers the server. */
async function* memberScreens(surroundings: Surroundings, onFailure: (error: unknown) => void): AsyncGenerator<Screen> {
  const { browser, url, mailbox } = surroundings;
  const context = await newContext(browser);
  const page = await context.newPage();
  await createAccount(page, url, mailbox);
  await prepareAdministration(url, { email: ADMINISTRATOR.address, password: ADMINISTRATOR.password });
  const link = await holdMeeting(page, url);
  const administration = await context.newPage();
  yield* played(adminScreens(administration, url), onFailure);
  await administration.close();
  await page.getByRole('button', { name: 'Leave', exact: true }).click();
  yield* played(placeScreens(page, link), onFailure);
  yield* played(accountScreens(page, url), onFailure);
  await context.close();
}

async function* played(part: AsyncGenerator<Screen>, onFailure: (error: unknown) => void): AsyncGenerator<Screen> {
  try {
    yield* part;
  } catch (error) {
    onFailure(error);
  }
}
