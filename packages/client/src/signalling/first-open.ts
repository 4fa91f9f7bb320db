import { unreachable } from '../failures.js';
import type { CandidateSocket } from './candidate-socket.js';

/**
 * Opens sockets to these origins in turn, the next one when one fails or takes long, and answers
 * the first that is open; the others are discarded. A machine that is down refuses nothing: an
 * attempt at it alone would last until its timeout (RFC 8305 specifies the same race among
 * addresses). Rejects with the last failure.
 */
export async function firstOpen(
  origins: readonly string[],
  open: (origin: string) => CandidateSocket,
): Promise<CandidateSocket> {
  const opening: CandidateSocket[] = [];
  let failure: unknown = unreachable('no signalling server was named');
  const first = await new Promise<CandidateSocket | undefined>((resolve) => {
    let pending = 0;
    let isDecided = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const next = () => {
      clearTimeout(timer);
      // A discarded attempt fails, too.
      if (isDecided) return;
      const origin = origins[opening.length];
      if (origin === undefined) {
        if (pending === 0) resolve(undefined);
        return;
      }
      const candidate = open(origin);
      opening.push(candidate);
      pending++;
      timer = setTimeout(next, PATIENCE);
      candidate.opened.then(
        () => {
          clearTimeout(timer);
          isDecided = true;
          resolve(candidate);
        },
        (error) => {
          failure = error;
          pending--;
          next();
        },
      );
    };
    next();
  });
  for (const candidate of opening) if (candidate !== first) candidate.discard();
  if (!first) throw failure;
  return first;
}

/**
 * Milliseconds: most sockets are open by then, also over a mobile network; few servers get needless
 * attempts.
 */
const PATIENCE = 600;
