import { QueryClient } from '@tanstack/react-query';
import { WaterbusError } from '@waterbus/client';
import { account } from './sign-in/account.js';

/** Milliseconds for which another part of the page shows an answer without another request. */
const FRESH = 5_000;

/**
 * The answers of the server that pages show, kept while the tab is open and the user is signed in.
 * Requests that the server refuses are not repeated.
 */
export const queries = new QueryClient({
  defaultOptions: {
    queries: { staleTime: FRESH, retry: (failures, error) => failures < 2 && isPassing(error) },
  },
});

account.on('change', () => {
  if (!account.state.signedIn) queries.clear();
});

function isPassing(error: unknown): boolean {
  return error instanceof WaterbusError && PASSING.includes(error.code);
}

const PASSING: WaterbusError['code'][] = ['network.unreachable', 'server.unavailable', 'server.draining'];
