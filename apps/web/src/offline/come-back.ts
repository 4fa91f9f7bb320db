/** The used part of the browser. */
export interface WaitingPage {
  /** The status with which the server answers this address now; rejects without an answer. */
  status(): Promise<number>;
  reload(): void;
  later(work: () => void, milliseconds: number): void;
}

/**
 * Opens the wanted page when the server answers again.
 *
 * @returns A function that tries at once: the user wishes it, or the network is back.
 */
export function comeBack(page: WaitingPage): () => void {
  let trying = false;
  let wait = FIRST_WAIT;
  const attempt = async (): Promise<boolean> => {
    if (trying) return false;
    trying = true;
    const status = await page.status().catch(() => 0);
    trying = false;
    const isBack = status > 0 && status < 500;
    if (isBack) page.reload();
    return isBack;
  };
  const again = () =>
    page.later(() => {
      wait = Math.min(wait * 1.5, LONGEST_WAIT);
      void attempt().then((isBack) => isBack || again());
    }, wait);
  again();
  return () => void attempt();
}

/** Milliseconds. */
const FIRST_WAIT = 2_000;

/** Milliseconds: a server that comes back after an hour has few requests of all these pages. */
const LONGEST_WAIT = 15_000;
