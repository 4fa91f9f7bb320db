import { useEffect } from 'react';
import { navigate } from './use-route.js';

/** Leads on to another page, as if this one had not been. */
export function Redirect({ to }: { to: string }) {
  useEffect(() => navigate(to, { replace: true }), [to]);
  return null;
}
