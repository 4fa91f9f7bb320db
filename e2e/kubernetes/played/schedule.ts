import type { KubernetesObject } from '../chart/rendered.js';
import { type Machine, PART } from './machine.js';
import type { Pod } from './pod.js';

/**
 * The machine for a pod: one with its host ports free, with the fewest pods of its part. Undefined
 * when there is none; the pod is pending then.
 */
export function schedule(
  template: KubernetesObject,
  machines: readonly Machine[],
  pods: readonly Pod[],
): Machine | undefined {
  const part = template.metadata.labels[PART];
  const wanted = hostPorts(template);
  const on = (machine: Machine) => pods.filter((pod) => !pod.gone && pod.options.machine === machine);
  const alike = (machine: Machine) => on(machine).filter(({ labels }) => labels[PART] === part).length;
  return machines
    .filter((machine) => !machine.cordoned)
    .filter((machine) => {
      const taken = on(machine).flatMap((pod) => hostPorts(pod.options.template));
      return !wanted.some((port) => taken.includes(port));
    })
    .toSorted((a, b) => alike(a) - alike(b))[0];
}

/** On the network of its node, each port of a container is one of the node. */
function hostPorts({ spec }: KubernetesObject): string[] {
  return spec.containers[0].ports
    .filter(({ hostPort }: KubernetesObject) => spec.hostNetwork || hostPort)
    .map(
      ({ protocol = 'TCP', containerPort, hostPort }: KubernetesObject) => `${protocol} ${hostPort ?? containerPort}`,
    );
}
