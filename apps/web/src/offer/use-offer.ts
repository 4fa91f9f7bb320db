import { getServerOffer, type ServerOffer } from '@waterbus/client';
import { useEffect, useState } from 'react';

/** What the server offers; undefined until it has answered, and when it does not: then everything is shown. */
export function useOffer(): ServerOffer | undefined {
  const [offer, setOffer] = useState(known);
  useEffect(() => {
    let left = false;
    asked ??= getServerOffer();
    asked.then(
      (answer) => {
        known = answer;
        if (!left) setOffer(answer);
      },
      () => {
        asked = undefined;
      },
    );
    return () => {
      left = true;
    };
  }, []);
  return offer;
}

/** It changes only when the server is restarted: one question for each load of the page. */
let asked: Promise<ServerOffer> | undefined;
let known: ServerOffer | undefined;
