import type { KubernetesObject } from '../chart/rendered.js';
import { PART } from './machine.js';
import type { Pod } from './pod.js';

/** The controller of one Deployment: creates and deletes pods by the rules of a rolling update. */
export class PlayedDeployment {
  replicas: number;
  readonly pods: Pod[] = [];
  private template!: KubernetesObject;
  private spec!: KubernetesObject;
  private revision = '';

  constructor(
    object: KubernetesObject,
    /** Returns undefined while no machine has room. */
    private readonly create: (template: KubernetesObject, revision: string) => Promise<Pod | undefined>,
    private readonly log: (line: string) => void,
    /** Divides `minReadySeconds`. */
    private readonly pace = 1,
  ) {
    // Without a number, as beside an autoscaler, Kubernetes begins with one pod.
    this.replicas = object.spec.replicas ?? 1;
    this.apply(object);
  }

  get part(): string {
    return this.template.metadata.labels[PART];
  }

  /** Takes another rendering; with another template, the pods are replaced. */
  apply(object: KubernetesObject): void {
    this.spec = object.spec;
    this.template = object.spec.template;
    this.revision = JSON.stringify(this.template);
  }

  get settled(): boolean {
    const current = this.live.filter(({ options }) => options.revision === this.revision);
    return (
      current.length === this.replicas &&
      current.every((pod) => this.available(pod)) &&
      this.pods.every(({ gone, terminating, options }) => gone || (!terminating && options.revision === this.revision))
    );
  }

  /** One step of the control loop. */
  async reconcile(): Promise<void> {
    const { maxSurge, maxUnavailable } = this.spec.strategy.rollingUpdate;
    const current = this.live.filter(({ options }) => options.revision === this.revision);
    const former = this.live.filter(({ options }) => options.revision !== this.revision);
    if (current.length < this.replicas && this.live.length < this.replicas + maxSurge) {
      const pod = await this.create(this.template, this.revision);
      if (pod) this.pods.push(pod);
      return;
    }
    if (current.length > this.replicas) {
      this.delete(leastWanted(current));
      return;
    }
    // An old pod that is not ready serves nobody; another one goes only while enough are available.
    const available = this.live.filter((pod) => this.available(pod)).length;
    const useless = former.find(({ ready }) => !ready);
    if (useless) this.delete(useless);
    else if (former.length > 0 && available > this.replicas - maxUnavailable) this.delete(leastWanted(former));
  }

  /** Those that are not being deleted. */
  get live(): Pod[] {
    return this.pods.filter(({ gone, terminating }) => !gone && !terminating);
  }

  private available(pod: Pod): boolean {
    const least = ((this.spec.minReadySeconds ?? 0) * 1000) / this.pace;
    return pod.readySince !== undefined && performance.now() - pod.readySince >= least;
  }

  private delete(pod: Pod): void {
    this.log(`delete ${pod.options.name}`);
    void pod.terminate();
  }
}

/** As a ReplicaSet chooses: first those that are not ready, then the newest. */
function leastWanted(pods: readonly Pod[]): Pod {
  return pods.toSorted((a, b) => Number(a.ready) - Number(b.ready) || b.created - a.created)[0]!;
}
