import { get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { KubernetesObject } from '../chart/rendered.js';

/** Where the probes of a pod lead. */
export interface ProbeTarget {
  address: string;
  /** Divides the intervals. */
  pace: number;
  /** The number behind a name of a port. */
  port(name: string | number): number;
}

/** Checks until `over`, at the intervals of the rendered probe; reports each answer. */
export async function probing(
  probe: KubernetesObject,
  target: ProbeTarget,
  over: AbortSignal,
  answered: (succeeded: boolean, inARow: number) => void,
): Promise<void> {
  let last: boolean | undefined;
  let inARow = 0;
  while (!over.aborted) {
    const succeeded = await check(probe, target, over);
    if (over.aborted) return;
    inARow = succeeded === last ? inARow + 1 : 1;
    last = succeeded;
    answered(succeeded, inARow);
    await pause(((probe.periodSeconds ?? 10) * 1000) / target.pace, undefined, { signal: over }).catch(() => {});
  }
}

/** A status from 200 to 399 is a success, as for kubelet. */
function check(probe: KubernetesObject, target: ProbeTarget, over: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(
      {
        host: target.address,
        port: target.port(probe.httpGet.port),
        path: probe.httpGet.path,
        timeout: (probe.timeoutSeconds ?? 1) * 1000,
        agent: false,
        signal: over,
      },
      (response) => {
        response.resume();
        resolve((response.statusCode ?? 500) >= 200 && (response.statusCode ?? 500) < 400);
      },
    );
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
