import { getServerOffer } from '@waterbus/client';
import { useEffect, useState } from 'react';

/** Whether the server takes files in the chat; false until it has answered. */
export function useTakesFiles(): boolean {
  const [takes, setTakes] = useState(false);
  useEffect(() => {
    let left = false;
    getServerOffer().then(
      ({ files }) => !left && setTakes(files != null),
      () => {},
    );
    return () => {
      left = true;
    };
  }, []);
  return takes;
}
