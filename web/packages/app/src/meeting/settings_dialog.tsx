import { useMeeting } from '@parley/react-sdk';
import { type Preferences, setPreferences, usePreferences } from '../state/preferences.js';
import { SHORTCUTS } from '../state/shortcuts.js';
import { DeviceSettings } from '../ui/device_select.js';
import { Dialog } from '../ui/parts.js';

export function SettingsDialog({ onClose, onProblem }: { onClose: () => void; onProblem: (text: string) => void }) {
  const { changeMic, changeWebcam } = useMeeting();
  const { theme } = usePreferences();
  const report = (error: Error) => onProblem(error.message);
  return (
    <Dialog title="Settings" onClose={onClose}>
      <DeviceSettings onCamera={(id) => changeWebcam(id).catch(report)} onMicrophone={(id) => changeMic(id).catch(report)} />
      <label className="field">
        <span>Appearance</span>
        <select value={theme} onChange={(event) => setPreferences({ theme: event.target.value as Preferences['theme'] })}>
          <option value="system">As the system</option>
          <option value="dark">Dark</option>
          <option value="light">Light</option>
        </select>
      </label>
      <details>
        <summary>Keyboard shortcuts</summary>
        <dl className="shortcuts">
          {Object.entries(SHORTCUTS).map(([key, what]) => (
            <div key={key}>
              <dt>
                <kbd>{key.toUpperCase()}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
      </details>
      <div className="row end">
        <button type="button" className="primary" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  );
}
