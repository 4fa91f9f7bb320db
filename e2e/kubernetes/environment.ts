import type { KubernetesObject } from './chart/rendered.js';

/** What a pod's variables may refer to. */
export interface Surroundings {
  configMaps: ReadonlyMap<string, Record<string, string>>;
  /** The value of a key of a secret; throws when there is none. */
  secret(name: string, key: string): string;
  /** A field of the pod, such as `status.podIP`. */
  field(path: string): string;
}

/** The variables of a container as kubelet makes them: later ones refer to earlier ones by `$(NAME)`. */
export function environmentOf(container: KubernetesObject, surroundings: Surroundings): Record<string, string> {
  const result: Record<string, string> = {};
  for (const { configMapRef } of container.envFrom ?? []) {
    const data = surroundings.configMaps.get(configMapRef.name);
    if (!data) throw new Error(`no ConfigMap ${configMapRef.name}`);
    Object.assign(result, data);
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    if (valueFrom?.secretKeyRef) {
      result[name] = surroundings.secret(valueFrom.secretKeyRef.name, valueFrom.secretKeyRef.key);
    } else if (valueFrom?.fieldRef) result[name] = surroundings.field(valueFrom.fieldRef.fieldPath);
    else result[name] = expanded(String(value ?? ''), result);
  }
  return result;
}

/** `$$(NAME)` is `$(NAME)`; a name that is not set stays as it is. */
function expanded(text: string, known: Record<string, string>): string {
  return text.replace(/\$(\$\([^)]*\))|\$\(([^)]*)\)/g, (whole, escaped: string | undefined, name: string) =>
    escaped === undefined ? (known[name] ?? whole) : escaped,
  );
}

/** The data of the rendered ConfigMaps by name. */
export function configMapsOf(objects: readonly KubernetesObject[]): Map<string, Record<string, string>> {
  return new Map(
    objects.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata, data }) => [metadata.name, data ?? {}]),
  );
}
