import { useCallback, useEffect, useState } from 'react';
import { messageOf } from '../../messages.js';

/**
 * A list of the server, undefined until it has answered, and `act`, which changes it and reads it
 * again. `failure`: the text of the last failed request.
 */
export function useList<T>(read: () => Promise<T[]>) {
  const [list, setList] = useState<readonly T[]>();
  const [failure, setFailure] = useState<string>();
  const readAgain = useCallback(
    () =>
      read().then(setList, (error) => {
        setFailure(messageOf(error));
      }),
    [read],
  );
  useEffect(() => void readAgain(), [readAgain]);
  const act = async (change: () => Promise<unknown>): Promise<boolean> => {
    setFailure(undefined);
    try {
      await change();
    } catch (error) {
      setFailure(messageOf(error));
      return false;
    }
    await readAgain();
    return true;
  };
  return { list, failure, act };
}
