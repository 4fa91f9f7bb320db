import type { OutsidePath, OutsideVerdict } from '@waterbus/protocol';
import type { OutsideTestOptions, TestedPath } from '../api/outside-test.js';
import {
  beginOutsideTest,
  connectOutsideTest,
  type OutsideTestRequest,
  reportOutsideTest,
} from '../rest/outside-tests.js';
import { openSocket } from '../signalling/socket.js';
import { signallingVerdict } from './signalling-verdict.js';
import { trySinglePath } from './single-path.js';

/**
 * Makes the test of an operator's link: connects to every port of the server on every path alone,
 * and reports the verdicts to the operator.
 *
 * @throws {WaterbusError} `outside_test.not_found` when the link has expired or was opened before;
 * `network.unreachable`, … The reason of `signal` when it is aborted.
 */
export async function runOutsideTest({ onProgress, ...of }: OutsideTestOptions): Promise<readonly TestedPath[]> {
  const request: OutsideTestRequest = of;
  const { signalling, paths } = await beginOutsideTest(request);
  const over = new AbortController();
  const signal = of.signal ? AbortSignal.any([of.signal, over.signal]) : over.signal;
  const tested: TestedPath[] = [
    { kind: 'signalling', port: undefined, verdict: undefined },
    ...paths.map(({ kind, port }): TestedPath => ({ kind, port, verdict: undefined })),
  ];
  const conclude = (index: number, verdict: OutsideVerdict) => {
    tested[index] = { ...tested[index]!, verdict };
    if (!signal.aborted) onProgress?.([...tested]);
  };
  onProgress?.([...tested]);
  try {
    const origins = signalling.map((origin) => origin || of.server || globalThis.location?.origin || '');
    const [socket] = await Promise.all([
      socketVerdict(origins, signal).then((verdict) => {
        conclude(0, verdict);
        return verdict;
      }),
      testAll(paths, request, signal, (index, verdict) => conclude(index + 1, verdict)),
    ]);
    signal.throwIfAborted();
    const verdicts = tested.slice(1).map(({ verdict = 'unknown' }) => verdict);
    await reportOutsideTest(request, { signalling: socket, paths: verdicts });
    return tested;
  } finally {
    over.abort();
  }
}

/** Some at a time: a phone on a slow network would delay all of them. */
async function testAll(
  paths: readonly OutsidePath[],
  request: OutsideTestRequest,
  signal: AbortSignal,
  conclude: (index: number, verdict: OutsideVerdict) => void,
): Promise<void> {
  let next = 0;
  const testNext = async () => {
    while (next < paths.length && !signal.aborted) {
      const index = next++;
      const verdict = await trySinglePath(
        paths[index]!,
        (configuration) => new RTCPeerConnection(configuration),
        (dtlsParameters) => connectOutsideTest(request, { path: index, dtlsParameters }),
        signal,
      );
      conclude(index, verdict);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, testNext));
}

async function socketVerdict(origins: readonly string[], signal: AbortSignal): Promise<OutsideVerdict> {
  const over = AbortSignal.timeout(LONGEST_OPENING);
  const verdict = await signallingVerdict(origins, openSocket, AbortSignal.any([signal, over]));
  return verdict === 'none' ? 'unknown' : verdict;
}

const AT_A_TIME = 6;

/** Milliseconds. */
const LONGEST_OPENING = 8_000;
