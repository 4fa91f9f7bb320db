import { t } from '@lingui/core/macro';
import { DeviceSelects, type OpenedDevices } from '@waterbus/react';

/** Selects the microphone, camera and, where browsers let pages choose, the speaker. */
export function DeviceChoice({ devices }: { devices: OpenedDevices }) {
  const labels = {
    camera: t`Camera`,
    microphone: t`Microphone`,
    speaker: t`Speaker`,
    none: t`None available`,
    asking: t`Waiting for your permission`,
  };
  return (
    <div className="device-choice">
      <DeviceSelects devices={devices} labels={labels} className="field" />
    </div>
  );
}
