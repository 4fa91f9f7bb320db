import { t } from '@lingui/core/macro';
import type { OpenedDevices } from '@waterbus/react';
import { X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { RoundButton } from '../parts/round-button.js';
import { DeviceSettings } from './device-settings.js';

/** The same settings before the call. */
export function DeviceSettingsDialog({ devices, onClose }: { devices: OpenedDevices; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="device-settings-heading" onClose={onClose}>
      <header>
        <h2 id="device-settings-heading">{t`Background and sound`}</h2>
        <RoundButton name={t`Close`} icon={<X />} onClick={() => dialog.current?.close()} />
      </header>
      <DeviceSettings devices={devices} />
    </dialog>
  );
}
