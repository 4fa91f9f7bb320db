import { createContext, useContext } from 'react';
import type { Confirmed } from '../account/use-confirmation.js';

/** Carries out a change, after a confirmation of the session if the server requires one. */
export const ConfirmedContext = createContext<Confirmed>((work) => work());

export function useConfirmed(): Confirmed {
  return useContext(ConfirmedContext);
}
