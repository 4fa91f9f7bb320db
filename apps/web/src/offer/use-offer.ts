import { getServerOffer, type ServerOffer } from '@waterbus/client';
import { useEffect, useState } from 'react';

/**
 * The server's public settings; undefined until it has answered, and when it does not: then all
 * options are shown.
 */
export function useOffer(): ServerOffer | undefined {
  const [offer, setOffer] = useState(known);
  useEffect(() => {
    let left = false;
    requested ??= getServerOffer();
    requested.then(
      (answer) => {
        known = answer;
        if (!left) setOffer(answer);
      },
      () => {
        requested = undefined;
      },
    );
    return () => {
      left = true;
    };
  }, []);
  return offer;
}

/** It changes only when the server restarts: one request for each load of the page. */
let requested: Promise<ServerOffer> | undefined;
let known: ServerOffer | undefined;
