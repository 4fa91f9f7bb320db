import { HTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Service } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import type { KubernetesObject } from './rendered.js';

/**
 * The faults of an object by the schema of its kind. Kubernetes' schemas permit unknown fields, which
 * the API server drops silently: a misspelled field is a fault here.
 */
export function faultsOf(object: KubernetesObject): string[] {
  const name = `${object.kind} ${object.metadata?.name}`;
  const Model = MODELS[`${object.apiVersion}/${object.kind}`];
  if (!Model) return [`${name}: no schema`];
  const fields = new ReadFields();
  const faults: string[] = [];
  try {
    Model.prototype.validate.call(fields.watch(new Model(object)));
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error));
  }
  return [...faults, ...fields.unread()].map((fault) => `${name}: ${fault}`);
}

/**
 * Records which fields a validator reads. They read each field of a schema by its name,
 * and walk through all keys of a map.
 */
class ReadFields {
  private readonly objects: { value: object; path: string; read: Set<string> }[] = [];
  private readonly proxies = new Map<object, object>();

  watch(value: object, path = ''): object {
    const existing = this.proxies.get(value);
    if (existing) return existing;
    const read = new Set<string>();
    this.objects.push({ value, path, read });
    const proxy = new Proxy(value, {
      get: (target, key) => {
        if (typeof key === 'string') read.add(key);
        const inner = Reflect.get(target, key);
        return typeof inner === 'object' && inner !== null ? this.watch(inner, `${path}/${String(key)}`) : inner;
      },
      ownKeys: (target) => {
        for (const key of Object.keys(target)) read.add(key);
        return Reflect.ownKeys(target);
      },
    });
    this.proxies.set(value, proxy);
    return proxy;
  }

  unread(): string[] {
    return this.objects.flatMap(({ value, path, read }) =>
      Object.keys(value)
        .filter((key) => !read.has(key))
        .map((key) => `${path}/${key} is no field of the schema`),
    );
  }
}

interface Model {
  validate(): void;
}

const MODELS: Record<string, new (data: KubernetesObject) => Model> = {
  'apps/v1/Deployment': Deployment,
  'apps/v1/StatefulSet': StatefulSet,
  'autoscaling/v2/HorizontalPodAutoscaler': HorizontalPodAutoscaler,
  'gateway.networking.k8s.io/v1/HTTPRoute': HTTPRoute,
  'monitoring.coreos.com/v1/ServiceMonitor': ServiceMonitor,
  'networking.k8s.io/v1/Ingress': Ingress,
  'networking.k8s.io/v1/NetworkPolicy': NetworkPolicy,
  'policy/v1/PodDisruptionBudget': PodDisruptionBudget,
  'v1/ConfigMap': ConfigMap,
  'v1/Service': Service,
  'v1/ServiceAccount': ServiceAccount,
};
