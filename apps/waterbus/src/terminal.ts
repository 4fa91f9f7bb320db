import type { Settings } from './settings.js';

/**
 * On a terminal, the lines about each request would scroll the addresses of the page away: only
 * those of warnings and failures are logged, unless the environment sets `LOG_LEVEL`.
 */
export function settingsOfTerminal(
  settings: Settings,
  { LOG_LEVEL }: Record<string, string | undefined>,
  { stdout, stderr }: { stdout: { isTTY?: boolean }; stderr: { isTTY?: boolean } } = process,
): Settings {
  return !LOG_LEVEL && stdout.isTTY && stderr.isTTY ? { ...settings, requestLogLevel: 'warn' } : settings;
}
