import { type MediaDevice, useMediaDevice } from '@parley/react-sdk';
import { useEffect, useState } from 'react';
import { setPreferences, usePreferences } from '../state/preferences.js';

/** The devices of this machine, kept up to date; `refresh` after a permission was granted, because labels come with it. */
export function useDevices(refresh: unknown = undefined): Record<'cameras' | 'microphones' | 'speakers', MediaDevice[]> {
  const [devices, setDevices] = useState({ cameras: [] as MediaDevice[], microphones: [] as MediaDevice[], speakers: [] as MediaDevice[] });
  const [changes, setChanges] = useState(0);
  const { getCameras, getMicrophones, getPlaybackDevices } = useMediaDevice({ onDeviceChanged: () => setChanges((n) => n + 1) });
  useEffect(() => {
    let stale = false;
    Promise.all([getCameras(), getMicrophones(), getPlaybackDevices()]).then(
      ([cameras, microphones, speakers]) => !stale && setDevices({ cameras, microphones, speakers }),
      () => {},  // without permission or devices the lists stay empty
    );
    return () => {
      stale = true;
    };
  }, [getCameras, getMicrophones, getPlaybackDevices, changes, refresh]);
  return devices;
}

interface SelectProps {
  label: string;
  devices: MediaDevice[];
  value: string;
  onChange: (deviceId: string) => void;
}

function DeviceSelect({ label, devices, value, onChange }: SelectProps) {
  const known = devices.filter((device) => device.deviceId);
  const chosen = known.some((device) => device.deviceId === value) ? value : (known[0]?.deviceId ?? '');
  return (
    <label className="field">
      <span>{label}</span>
      <select value={chosen} onChange={(event) => onChange(event.target.value)} disabled={known.length === 0}>
        {known.length === 0 && <option value="">None found, or not allowed yet</option>}
        {known.map((device, i) => (
          <option key={device.deviceId} value={device.deviceId}>
            {device.label || `${label} ${i + 1}`}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Camera, microphone and loudspeaker; what is chosen is remembered, and passed on at once where a meeting runs. */
export function DeviceSettings({ refresh, onCamera, onMicrophone }: { refresh?: unknown; onCamera?: (id: string) => void; onMicrophone?: (id: string) => void }) {
  const { cameras, microphones, speakers } = useDevices(refresh);
  const { cameraId, microphoneId, speakerId } = usePreferences();
  return (
    <div className="device-settings">
      <DeviceSelect label="Camera" devices={cameras} value={cameraId} onChange={(id) => (setPreferences({ cameraId: id }), onCamera?.(id))} />
      <DeviceSelect label="Microphone" devices={microphones} value={microphoneId} onChange={(id) => (setPreferences({ microphoneId: id }), onMicrophone?.(id))} />
      {speakers.length > 0 && <DeviceSelect label="Speaker" devices={speakers} value={speakerId} onChange={(id) => setPreferences({ speakerId: id })} />}
    </div>
  );
}
