/** What a process of the server has used up to now. */
export interface ServerReading {
  name: string;
  cpuSeconds: number;
  residentBytes: number | undefined;
}

export interface ServerLoad {
  name: string;
  /** Cores in use, mean over the run. */
  cores: number;
  residentBytes: number | undefined;
}

/** The load between two readings; a process that began or ended in between is left out. */
export function loadBetween(before: ServerReading[], after: ServerReading[], seconds: number): ServerLoad[] {
  return after.flatMap(({ name, cpuSeconds, residentBytes }) => {
    const first = before.find((one) => one.name === name);
    // A counter that went back is of a process that has restarted.
    if (!first || cpuSeconds < first.cpuSeconds || seconds <= 0) return [];
    return [{ name, cores: (cpuSeconds - first.cpuSeconds) / seconds, residentBytes }];
  });
}
