/** Kilobytes of each tarball at most: a file that does not belong there exceeds them. */
export const BUDGETS = {
  // Two megabytes are the models for backgrounds and noise, and WebAssembly that runs them; one and a
  // half are the site of guides and reference, also in the compressed form that browsers receive.
  waterbus: 4400,
  '@waterbus/client': 160,
  '@waterbus/cluster': 90,
  '@waterbus/embed': 20,
  '@waterbus/load': 60,
  '@waterbus/media': 250,
  '@waterbus/media-host': 50,
  '@waterbus/packet-io': 320,
  '@waterbus/protocol': 95,
  '@waterbus/react': 40,
  '@waterbus/server-api': 450,
  '@waterbus/server-sdk': 25,
  '@waterbus/server-ws': 180,
  '@waterbus/stun': 25,
  '@waterbus/telemetry': 20,
  '@waterbus/turn': 60,
};
