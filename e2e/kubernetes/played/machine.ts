/** A node of Kubernetes: an address of loopback with the ports of its own. */
export class Machine {
  cordoned = false;

  constructor(
    readonly name: string,
    readonly address: string,
  ) {}
}

/** The label that names the part of a pod: `api` or `ws`. */
export const PART = 'app.kubernetes.io/component';
