import { admissionResponseSchema, type JoinMeetingResponse } from '@waterbus/protocol';
import { coded, isPassing } from '../failures.js';
import { backoff } from '../time/backoff.js';
import { request, understood } from './rest-request.js';

/**
 * Waits until a moderator admits the token's holder: repeats the request, and the server answers
 * each when the state has changed. Rejects with `permission.denied` when the moderator refused, and
 * with the reason of `signal`. Waits while the network is down.
 */
export async function waitForAdmission(options: {
  server?: string;
  admissionToken: string;
  signal?: AbortSignal;
}): Promise<JoinMeetingResponse> {
  const { server, admissionToken: token, signal } = options;
  const giveUp = () => void withdraw(server, token);
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    return await decided(server, token, signal);
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
}

async function decided(
  server: string | undefined,
  token: string,
  signal: AbortSignal | undefined,
): Promise<JoinMeetingResponse> {
  for (let failures = 0; ; ) {
    const requested = Date.now();
    try {
      const answer = await request({ server, path: ADMISSION, token, signal, timeout: LONG_POLL_TIMEOUT });
      const admission = understood(admissionResponseSchema, answer);
      if (admission.status === 'admitted') return admission;
      if (admission.status === 'denied') throw coded('permission.denied', 'You were not let in');
      failures = 0;
      await pause(Math.max(0, requested + LEAST_INTERVAL - Date.now()), signal);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (!isPassing(error)) throw error;
      failures += 1;
      await pause(backoff(failures, Math.random), signal);
    }
  }
}

/**
 * So that moderators do not decide about a participant that has left. Best effort: the server
 * forgets a participant that stops asking anyway.
 */
async function withdraw(server: string | undefined, token: string): Promise<void> {
  await request({ server, path: ADMISSION, method: 'DELETE', token }).catch(() => {});
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  if (milliseconds === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const aborted = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', aborted);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', aborted, { once: true });
    if (signal?.aborted) aborted();
  });
}

const ADMISSION = '/v1/admissions/current';

/** Milliseconds. The server answers after 20 s at the latest; the rest is for the network. */
const LONG_POLL_TIMEOUT = 30_000;

/** Milliseconds between two requests, in case a server does not hold its answers back. */
const LEAST_INTERVAL = 1_000;
