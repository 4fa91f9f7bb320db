/** One member of an in-process cluster: stands for a server process. */
export interface Member {
  readonly ended: boolean;
  /** Throws a `BusError` if the member has left. */
  assertOpen(): void;
}
