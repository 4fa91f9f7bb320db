import { lazy } from 'react';
import { loadOnce } from '../parts/load-code.js';

const load = loadOnce(() => import('./device-settings-dialog.js'));
const loadSections = loadOnce(() => import('./device-settings.js'));

/** On demand: no call needs them to start. */
export const LazyDeviceSettingsDialog = lazy(async () => ({ default: (await load()).DeviceSettingsDialog }));
export const LazyDeviceSettings = lazy(async () => ({ default: (await loadSections()).DeviceSettings }));
