import { useEffect } from 'react';
import { navigate } from './use-route.js';

/** Replaces this page by another one in the history. */
export function Redirect({ to }: { to: string }) {
  useEffect(() => navigate(to, { replace: true }), [to]);
  return null;
}
