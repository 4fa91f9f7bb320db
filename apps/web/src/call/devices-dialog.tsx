import type { Call } from '@waterbus/client';
import { X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { DeviceChoice } from '../devices/device-choice.js';
import { LevelMeter } from '../devices/level-meter.js';
import type { LocalDevices } from '../devices/local-devices.js';
import { useDevices } from '../devices/use-devices.js';
import { RoundButton } from '../parts/round-button.js';
import { pathText } from './people/connection-text.js';

/** Selects another camera, microphone or speaker during the call, and names the path of media. */
export function DevicesDialog(props: { call: Call; devices: LocalDevices; onClose: () => void }) {
  const { call, devices, onClose } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const { microphone } = useDevices(devices);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="devices-heading" onClose={onClose}>
      <header>
        <h2 id="devices-heading">Devices</h2>
        <RoundButton name="Close" icon={<X />} onClick={() => dialog.current?.close()} />
      </header>
      <DeviceChoice devices={devices} />
      <LevelMeter track={microphone.on ? microphone.track : undefined} />
      <section className="connection-path">
        <h3>Connection</h3>
        <p>{pathText(call.path)}</p>
      </section>
    </dialog>
  );
}
