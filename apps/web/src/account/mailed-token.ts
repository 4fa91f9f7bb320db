import { useEffect, useState } from 'react';

/**
 * The secret of a link from a mail, `#token=…`. It leaves the address bar at once: addresses are
 * copied, shown and stored. Undefined: the link has none.
 */
export function useMailedToken(): string | undefined {
  const [token, setToken] = useState(() => tokenIn(window.location.hash));
  useEffect(() => {
    const take = () => {
      const arrived = tokenIn(window.location.hash);
      if (arrived === undefined) return;
      setToken(arrived);
      const { pathname, search } = window.location;
      window.history.replaceState(null, '', pathname + search);
    };
    take();
    // Another such link in the same tab loads no page.
    window.addEventListener('hashchange', take);
    return () => window.removeEventListener('hashchange', take);
  }, []);
  return token;
}

export function tokenIn(hash: string): string | undefined {
  return new URLSearchParams(hash.slice(1)).get('token') || undefined;
}
