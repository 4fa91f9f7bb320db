import { type SubmitEvent, useState } from 'react';

/** The work of a form or a button: once at a time, with its failure. */
export function useSubmission<T = void>(work: (given: T) => Promise<void>) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();

  const run = async (given: T) => {
    if (busy) return;
    setBusy(true);
    setFailure(undefined);
    try {
      await work(given);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return { busy, failure, run, forget: () => setFailure(undefined) };
}

/** The same for a form's `onSubmit`. */
export function useForm(work: () => Promise<void>) {
  const { run, ...state } = useSubmission(work);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    void run();
  };
  return { ...state, submit };
}
